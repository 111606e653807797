"""What the Makefile runs for those who work on TicketFlower; the product itself needs none of it."""
