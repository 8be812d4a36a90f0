"""What can become of the lines and devices of people who leave."""
