"""What stands between a request and a route: who asks, whether they may, what is refused, and how an answer leaves."""
