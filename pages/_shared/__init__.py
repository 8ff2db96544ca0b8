"""What pages share: the store and the queue, the plan in hand, editors, the sidebar."""
