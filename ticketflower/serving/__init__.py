"""From an empty folder to a page in the browser: the database, the web server, and what is said about them."""
