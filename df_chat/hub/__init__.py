"""From a committed change to every socket of every process: the publisher, and one hub in each process.

``publisher`` takes events from the streams to the channel layer. On the other side, ``subscription`` receives them,
``hub`` knows the sockets as ``follower`` and the streams as ``feed``, whose gate decides who may hear an event;
``pacer`` gathers them under load and ``writer`` sends to one socket. ``sweep``, ``revalidation`` and ``presence`` run
now and then.
"""
