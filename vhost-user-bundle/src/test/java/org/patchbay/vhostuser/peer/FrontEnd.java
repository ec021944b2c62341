package org.patchbay.vhostuser.peer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.patchbay.linux.Errno;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.UnixSocket;
import org.patchbay.vhostuser.protocol.Message;
import org.patchbay.vhostuser.protocol.MessageChannel;
import org.patchbay.vhostuser.protocol.ProtocolViolation;
import org.patchbay.vhostuser.protocol.Request;

/**
 * One connection's front-end side: sends requests, well formed or not, and reads what is answered.
 * One thread at a time.
 */
public final class FrontEnd implements AutoCloseable {

  private static final long SEND_MILLIS = 5000;

  private final UnixSocket socket;
  private final MessageChannel channel;

  private FrontEnd(UnixSocket socket) {
    this.socket = socket;
    channel = new MessageChannel(socket);
  }

  /** Connects to a back-end that listens. */
  public static FrontEnd connect(Path path) throws IOException {
    return new FrontEnd(UnixSocket.connect(path.toString(), SEND_MILLIS));
  }

  /** Takes a connected socket, which is closed with this object. */
  public static FrontEnd over(UnixSocket socket) {
    return new FrontEnd(socket);
  }

  /** Sends a request that is not answered. */
  public void tell(Request request, byte[] payload, int... descriptors) throws IOException {
    channel.send(request.code(), Message.VERSION, payload, descriptors);
  }

  /** Sends a request that always is answered; the answer's payload. */
  public byte[] ask(Request request, byte[] payload) throws IOException {
    channel.send(request.code(), Message.VERSION, payload);
    return answer(request);
  }

  /** Sends a request and asks for a reply; 0 if it was done. */
  public long order(Request request, byte[] payload, int... descriptors) throws IOException {
    channel.send(request.code(), Message.VERSION | Message.NEED_REPLY, payload, descriptors);
    return Payloads.asNumber(answer(request));
  }

  private byte[] answer(Request request) throws IOException {
    try (Message answer = receive()) {
      if (answer == null) {
        throw new IOException("the back-end closed the connection instead of answering " + request);
      }
      if (answer.code() != request.code() || answer.flags() != (Message.VERSION | Message.REPLY)) {
        throw new IOException(request + " was answered by " + answer);
      }
      return answer.payload();
    }
  }

  /** The next message of the back-end, or null if it closed the connection. */
  public @Nullable Message receive() throws IOException {
    try {
      return channel.receive();
    } catch (ProtocolViolation e) {
      throw new IOException("the back-end sent what is no message", e);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ECONNRESET) {
        return null;
      }
      throw e;
    }
  }

  /** Sends a message of any kind. */
  public void send(int code, int flags, byte[] payload, int... descriptors) throws IOException {
    channel.send(code, flags, payload, descriptors);
  }

  /** Sends bytes that need not be a message. */
  public void sendBytes(byte[] bytes, int... descriptors) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      int sent = socket.send(data, descriptors);
      while (sent < bytes.length) {
        sent += socket.send(data.asSlice(sent));
      }
    }
  }

  /** Reads whatever still comes until the back-end has closed the connection. */
  public void awaitClosed() throws IOException {
    while (true) {
      try (Message message = receive()) {
        if (message == null) {
          return;
        }
      }
    }
  }

  /** The socket, to be shut down from another thread. */
  public UnixSocket socket() {
    return socket;
  }

  @Override
  public void close() {
    channel.close();
    socket.close();
  }
}
