"""对账: the provider's own book against ours, day by day. Owns statements, matches, breaks and closed days; promises
that every line is matched or stands as a break with an owner and an age, and that a closed day never changes unseen."""
