// Broadcasts to a room of socket.io: node socketio.js PORT
"use strict";

const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.join("room");
  socket.on("chat", (message) => io.to("room").emit("chat", message));
});
http.listen(Number(process.argv[2]), "127.0.0.1");
