"""Mail: letters, and the server that takes them."""
