"""What ties the chat to other packages. Nothing in here is imported unless the host asks for it."""
