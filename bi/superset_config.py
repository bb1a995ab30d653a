"""Superset's configuration: what differs from its own defaults, and why. Read through SUPERSET_CONFIG_PATH."""

from bi.guard import guarded
from bi.settings import load_settings
from pipelines.runs.web_guard import OwnHosts

_settings = load_settings()

SECRET_KEY = _settings.secret_key()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_settings.folder / 'superset.db'}"
APP_NAME = "Partner portfolio"
LOG_LEVEL = "ERROR"  # it warns at each query of a metric written in SQL

# No cache of query results: what is published next shows on the next reload.
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
# The browser's filter state, kept in Superset's own database: what it falls back to anyway, without the warning.
FILTER_STATE_CACHE_CONFIG = {"CACHE_TYPE": "SupersetMetastoreCache", "CACHE_DEFAULT_TIMEOUT": 90 * 86400}
EXPLORE_FORM_DATA_CACHE_CONFIG = {"CACHE_TYPE": "SupersetMetastoreCache", "CACHE_DEFAULT_TIMEOUT": 7 * 86400}

# One palette for licences, on a light page: used, unused but assigned, available, over the limit. The dashboard binds
# the colours to the names of its series. A name must not be a column's label too: Superset then looks up the column.
THEME_DARK = None
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "licences",
        "label": "Licences",
        "description": "Used, unused but assigned, available, over the limit",
        "colors": ["#1E8E5A", "#F2B84B", "#C3CAD5", "#D64545"],
    }
]
FEATURE_FLAGS = {"AVOID_COLORS_COLLISION": False}  # it changes colours that two names share

# Superset checks a token of its own on most writes, but neither Host nor Origin: a page of another site could log its
# reader out, query with their session, or frame the dashboard.
_own_hosts = OwnHosts(_settings.port, _settings.hosts, setting="PORTFOLIO_BI_HOSTS")
ADDITIONAL_MIDDLEWARE = [lambda application: guarded(application, _own_hosts)]
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
TALISMAN_ENABLED = True  # whatever the environment says

# The page talks to this server alone: no telemetry pixel, map tiles, fonts or scripts from elsewhere.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "form-action": ["'self'"],
        "frame-ancestors": "'none'",
    },
    "frame_options": "DENY",
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,  # 127.0.0.1 only
    "session_cookie_secure": False,
}
