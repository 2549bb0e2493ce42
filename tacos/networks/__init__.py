"""What a network is: populations, projections, the networks that come with TACOS, and how they are lowered."""
