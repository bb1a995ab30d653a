"""A customer's pack: what an account manager takes into a review, as PDF, HTML or a workbook."""
