"""The partner's own Webex organisation as a source: its APIs become ordinary landing partitions."""
