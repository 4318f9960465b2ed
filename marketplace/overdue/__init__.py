"""法定付款期限: who pays late, how late, what it costs. Owns reminders and small-firm declarations; promises that what
everybody sees is counted from acceptance, in whole fen, and only from what is not disputed."""
