"""The code on the pages about BI tools, run as it is written there."""
