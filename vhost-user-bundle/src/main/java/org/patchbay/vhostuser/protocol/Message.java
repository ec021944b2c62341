package org.patchbay.vhostuser.protocol;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.patchbay.linux.Descriptor;

/**
 * One message: 12 bytes of header, payload, and descriptors. It owns the descriptors until they are
 * taken; closing it closes the rest.
 */
public final class Message implements AutoCloseable {

  /** Bytes of a message's header: request, flags, size of the payload. */
  public static final int HEADER_SIZE = 12;

  /**
   * Largest payload in bytes that is read; those that this back-end knows are smaller, and a larger
   * one is no message of this protocol.
   */
  public static final int MOST_PAYLOAD = 4096;

  /** The protocol's version, in the two lowest bits of the flags. */
  public static final int VERSION = 1;

  /** Flag of a reply. */
  public static final int REPLY = 4;

  /** Flag of a request whose sender wants a reply. */
  public static final int NEED_REPLY = 8;

  private static final int VERSION_MASK = 3;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int code;
  private final int flags;
  private final MemorySegment payload;
  private final List<Descriptor> descriptors;

  /**
   * @param code the request's number
   * @param flags as on the wire
   * @param payload the message's own copy
   * @param descriptors that came with it, in their order; the message owns them from now on
   */
  public Message(int code, int flags, byte[] payload, List<Descriptor> descriptors) {
    this.code = code;
    this.flags = flags;
    this.payload = MemorySegment.ofArray(payload);
    this.descriptors = new ArrayList<>(descriptors);
  }

  /** The request's number. */
  public int code() {
    return code;
  }

  /** The flags, as on the wire. */
  public int flags() {
    return flags;
  }

  /** Whether its version is the protocol's. */
  public boolean hasVersion() {
    return (flags & VERSION_MASK) == VERSION;
  }

  /** Whether it is a reply. */
  public boolean isReply() {
    return (flags & REPLY) != 0;
  }

  /** Whether its sender wants a reply. */
  public boolean needsReply() {
    return (flags & NEED_REPLY) != 0;
  }

  /** Bytes of payload. */
  public int payloadSize() {
    return (int) payload.byteSize();
  }

  /** The payload; not to be changed. */
  public byte[] payload() {
    return payload.toArray(ValueLayout.JAVA_BYTE);
  }

  /** The 32-bit number at a byte of the payload, which is long enough. */
  public int int32(int offset) {
    return payload.get(INT, offset);
  }

  /** The 64-bit number at a byte of the payload, which is long enough. */
  public long int64(int offset) {
    return payload.get(LONG, offset);
  }

  /** How many descriptors it still has. */
  public int descriptorCount() {
    return descriptors.size();
  }

  /** Takes its first descriptor, which the caller owns from now on. */
  public Descriptor takeDescriptor() {
    return descriptors.removeFirst();
  }

  /** Closes the descriptors that nobody took. */
  @Override
  public void close() {
    descriptors.forEach(Descriptor::close);
    descriptors.clear();
  }

  @Override
  public String toString() {
    return Request.name(code)
        + " flags 0x"
        + Integer.toHexString(flags)
        + ", "
        + payload.byteSize()
        + " bytes, "
        + descriptors.size()
        + " descriptors";
  }
}
