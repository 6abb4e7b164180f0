// The least that Node's Socket.IO can do: answer a desk at once, and tell what a desk says to every board. No database, no rules.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });

io.of("/board").on("connection", () => {});
io.of("/desk").on("connection", (socket) => {
  socket.on("check_in", (act, acknowledge) => acknowledge({ ok: true, verdict: { verdict: "accepted" } }));
  socket.on("tell", (frame) => io.of("/board").emit("tallied", frame));
});
http.listen(0, "127.0.0.1", () => console.log(`listens on http://127.0.0.1:${http.address().port}`));
