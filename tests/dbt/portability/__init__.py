"""What the models' SQL may not hold, since an engine lacks it or reads it otherwise: rules over compiled queries."""
