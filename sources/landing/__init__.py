"""The landing folder: where every source delivers, and what ingestion reads."""
