"""What people call the contract's columns and values in French, Spanish, Italian, Dutch, Portuguese and Japanese."""

OTHER_HEADERS = {
    "partner_id": (
        "partenaire|code partenaire|revendeur|code revendeur|socio|revendedor|rivenditore|wederverkoper|代理店"
    ),
    "customer_id": (
        "code client|n° client|no client|numéro client|numéro de client|id client|código cliente|código de cliente|"
        "id cliente|nº cliente|codice cliente|klantnummer|klant nr|klantcode|得意先コード|顧客コード|顧客番号|顧客id"
    ),
    "customer_name": (
        "client|nom du client|nom client|raison sociale|société|entreprise|cliente|nombre del cliente|razón social|"
        "empresa|ragione sociale|nome cliente|azienda|klant|klantnaam|"
        "bedrijf|bedrijfsnaam|razão social|nome do cliente|"
        "得意先名|顧客名|会社名"
    ),
    "country_code": "pays|code pays|país|paese|land|codice paese|国|国コード",
    "created_on": (
        "date de création|créé le|client depuis|fecha de creación|fecha de alta|alta|data creazione|cliente dal|"
        "aangemaakt op|klant sinds|data de criação|登録日|作成日"
    ),
    "subscription_id": (
        "n° abonnement|no abonnement|numéro abonnement|numéro d'abonnement|n° contrat|contrat|numéro de contrat|"
        "suscripción|n° suscripción|id suscripción|contrato|nº contrato|abbonamento|n. abbonamento|contratto|"
        "numero contratto|abonnementsnummer|contractnummer|assinatura|契約番号|契約id"
    ),
    "is_trial": "essai|période d'essai|prueba|en prueba|prova|proef|proefversie|teste|試用|トライアル",
    "status": "statut|état|etat|estado|stato|situação|状態|ステータス",
    "start_date": (
        "date de début|début|date début|valable du|fecha de inicio|fecha inicio|"
        "inicio|data inizio|data di inizio|inizio|"
        "startdatum|ingangsdatum|begindatum|data de início|início|開始日"
    ),
    "end_date": (
        "date de fin|fin|date fin|échéance|date d'échéance|valable jusqu'au|fecha de fin|fecha fin|vencimiento|"
        "fecha de vencimiento|data fine|data di fine|scadenza|data scadenza|einddatum|vervaldatum|data de fim|"
        "vencimento|終了日|満了日"
    ),
    "auto_renew": (
        "renouvellement automatique|reconduction|reconduction tacite|tacite reconduction|renovación automática|"
        "rinnovo automatico|automatische verlenging|automatisch verlengen|renovação automática|自動更新"
    ),
    "product": (
        "produit|gamme|famille|famille de produits|producto|familia|prodotto|famiglia|productfamilie|produto|製品|商品"
    ),
    "license_code": (
        "référence|réf|code article|referencia|código|código artículo|codice|codice articolo|artikelcode|品目|品番"
    ),
    "license_name": "libellé|désignation|descripción|descrizione|omschrijving|descrição|品名|品目名",
    "total_licenses": (
        "quantité|licences achetées|nombre de licences|qté|cantidad|licencias|licencias compradas|quantità|licenze|"
        "licenze acquistate|aantal|aantal licenties|licenties|quantidade|licenças|購入数|数量"
    ),
    "assigned_licenses": (
        "licences attribuées|attribuées|licences affectées|affectées|utilisées|asignadas|licencias asignadas|en uso|"
        "assegnate|licenze assegnate|in uso|toegewezen|toegewezen licenties|in gebruik|atribuídas|割当数|利用数"
    ),
    "user_id": (
        "utilisateur|identifiant|courriel|adresse e mail|usuario|correo|correo electrónico|utente|gebruiker|"
        "gebruikersnaam|usuário|utilizador|利用者|ユーザー|ユーザ"
    ),
    "activity_count": (
        "nombre d'activités|nombre|nombre de réunions|nombre d'appels|appels|réunions|número de reuniones|llamadas|"
        "actividades|numero|riunioni|chiamate|attività|aantal vergaderingen|gesprekken|回数|件数"
    ),
    "currency": "devise|monnaie|moneda|divisa|valuta|moeda|通貨",
    "unit_price_month": (
        "prix unitaire|prix unitaire mensuel|prix mensuel|precio|precio unitario|"
        "precio mensual|prezzo|prezzo unitario|"
        "prijs|stukprijs|preço unitário|単価|月額単価"
    ),
    "unit_cost_month": "coût unitaire|coût|coût mensuel|coste|coste unitario|costo|costo unitario|kostprijs|原価",
    "notice_days": "préavis|délai de préavis|preaviso|preavviso|opzegtermijn|解約予告",
    "owner": "responsable|commercial|chargé de compte|gestor|comercial|responsabile|accountmanager|担当者|営業担当",
    "segment": "secteur|segmento|settore|sector|区分",
}
"""Headers by column, as `words.HEADERS` has them."""

OTHER_VALUES = {
    "active": "actif|active|en cours|activo|activa|vigente|attivo|attiva|actief|lopend|ativo|有効",
    "suspended": "suspendu|suspendue|suspendido|suspendida|sospeso|sospesa|opgeschort|suspenso|停止",
    "cancelled": (
        "résilié|résiliée|annulé|annulée|cancelado|cancelada|anulado|annullato|disdetto|opgezegd|geannuleerd|解約"
    ),
    "expired": "expiré|expirée|échu|caducado|caducada|vencido|scaduto|scaduta|verlopen|expirado|満了|期限切れ",
    "pending": "en attente|à venir|pendiente|in attesa|in afwachting|pendente|保留|予定",
    "meetings": "réunions|réunion|reuniones|riunioni|vergaderingen|vergadering|reuniões|会議|ミーティング",
    "calling": "téléphonie|appels|telefonía|llamadas|telefonia|chiamate|bellen|telefonie|chamadas|電話|通話",
    "messaging": "messagerie|mensajería|messaggistica|berichten|mensagens|メッセージ",
    "contact_center": (
        "centre de contact|centre d'appels|centro de contacto|centro contatti|contactcentrum|コンタクトセンター"
    ),
    "devices": "appareils|équipements|terminaux|dispositivos|dispositivi|apparaten|機器|端末",
    "other": "autre|autres|otro|otros|altro|altri|overig|outros|その他",
}
"""Words for the values of the contract's lists, as `words.VALUES` has them."""
