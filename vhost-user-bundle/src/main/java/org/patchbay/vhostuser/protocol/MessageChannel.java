package org.patchbay.vhostuser.protocol;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.UnixSocket;

/**
 * Messages over a connected socket, in both directions. It borrows the socket: whoever owns that
 * may shut it down to end a wait here. One thread at a time.
 */
public final class MessageChannel implements AutoCloseable {

  /** Most descriptors that any message of the protocol has. */
  public static final int MOST_DESCRIPTORS = MemoryTable.MOST_TABLE_REGIONS;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final UnixSocket socket;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(Message.HEADER_SIZE + Message.MOST_PAYLOAD);

  /**
   * @param socket that is connected; the caller closes it after this object
   */
  public MessageChannel(UnixSocket socket) {
    this.socket = socket;
  }

  /**
   * Waits for the next message. Header and payload may come in any number of pieces.
   *
   * @return the message, which the caller closes; null if the other end has closed
   * @throws ProtocolViolation if what came is no message
   * @throws IOException if the connection broke
   */
  public @Nullable Message receive() throws ProtocolViolation, IOException {
    List<Descriptor> descriptors = new ArrayList<>();
    boolean complete = false;
    try {
      if (!fill(0, Message.HEADER_SIZE, descriptors)) {
        return null;
      }
      int size = buffer.get(INT, 8);
      if (size < 0 || size > Message.MOST_PAYLOAD) {
        throw new ProtocolViolation(
            Request.name(buffer.get(INT, 0))
                + " announces "
                + Integer.toUnsignedString(size)
                + " bytes of payload; at most "
                + Message.MOST_PAYLOAD
                + " are allowed");
      }
      if (!fill(Message.HEADER_SIZE, size, descriptors)) {
        throw endsWithin();
      }
      byte[] payload = buffer.asSlice(Message.HEADER_SIZE, size).toArray(ValueLayout.JAVA_BYTE);
      complete = true;
      return new Message(buffer.get(INT, 0), buffer.get(INT, 4), payload, descriptors);
    } finally {
      if (!complete) {
        descriptors.forEach(Descriptor::close);
      }
    }
  }

  /** Reads so many bytes; false if the other end closed before the first of them. */
  private boolean fill(int offset, int length, List<Descriptor> descriptors)
      throws ProtocolViolation, IOException {
    for (int done = 0; done < length; ) {
      int count = socket.receive(buffer.asSlice(offset + done, length - done), descriptors);
      if (count == 0) {
        if (done == 0) {
          return false;
        }
        throw endsWithin();
      }
      done += count;
      if (descriptors.size() > MOST_DESCRIPTORS) {
        throw new ProtocolViolation(
            "a message came with more than "
                + MOST_DESCRIPTORS
                + " descriptors, which is the most that any has");
      }
    }
    return true;
  }

  private static ProtocolViolation endsWithin() {
    return new ProtocolViolation("the connection ended within a message");
  }

  /**
   * Answers a request.
   *
   * @param request whose number and version the reply takes
   * @throws IOException if the connection broke, or the peer did not read for too long
   */
  public void reply(Message request, Reply reply) throws IOException {
    Descriptor descriptor = reply.descriptor();
    int[] descriptors = descriptor == null ? new int[0] : new int[] {descriptor.value()};
    send(request.code(), Message.VERSION | Message.REPLY, reply.payload(), descriptors);
  }

  /**
   * Sends a message.
   *
   * @param descriptors that go with its first byte; the caller keeps them
   */
  public void send(int code, int flags, byte[] payload, int... descriptors) throws IOException {
    buffer.set(INT, 0, code);
    buffer.set(INT, 4, flags);
    buffer.set(INT, 8, payload.length);
    MemorySegment.copy(
        payload, 0, buffer, ValueLayout.JAVA_BYTE, Message.HEADER_SIZE, payload.length);
    int length = Message.HEADER_SIZE + payload.length;
    int sent = socket.send(buffer.asSlice(0, length), descriptors);
    while (sent < length) {
      sent += socket.send(buffer.asSlice(sent, length - sent));
    }
  }

  /** Frees the memory for messages; the socket stays open. */
  @Override
  public void close() {
    arena.close();
  }
}
