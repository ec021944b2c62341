package org.patchbay.vhostuser.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.patchbay.linux.Descriptor;

/**
 * The answer to a request.
 *
 * @param payload not to be changed
 * @param descriptor to pass along, or null; the session keeps owning it
 */
public record Reply(byte[] payload, @Nullable Descriptor descriptor) {

  /** What was asked for was done. */
  static Reply success() {
    return of(0);
  }

  /** What was asked for was not done. */
  public static Reply failure() {
    return of(1);
  }

  static Reply of(long value) {
    return new Reply(buffer(Long.BYTES).putLong(value).array(), null);
  }

  static Reply ofVring(int index, int number) {
    return new Reply(buffer(2 * Integer.BYTES).putInt(index).putInt(number).array(), null);
  }

  static Reply empty() {
    return new Reply(new byte[0], null);
  }

  static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
