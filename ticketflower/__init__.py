"""TicketFlower: tickets and workflows that a small business defines itself."""
