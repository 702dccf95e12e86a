"""Small sockets beside the chat's own, in the shapes that clients of other chats speak. Copy one and change it.

Each takes a message in a frame of its own and gives the messages of certain rooms, and nothing else. Rules, limits and
sign-in are the chat's: whoever may not read or write there may not do so here.
"""
