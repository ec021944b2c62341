package com.example.patchbay.stream;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.LongUnaryOperator;
import org.patchbay.linux.Errno;
import org.patchbay.linux.IoVector;

/** A connection that gives what a test has laid in, and takes as much as the test lets it. */
final class ScriptedStream implements ByteStream {
  private static final long ENTRY = 16;

  private final Deque<Object> script = new ArrayDeque<>();
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private LongUnaryOperator taking = offered -> offered;

  // ---- to be received ----

  /** Bytes of one read, or of several if there is too little room. */
  void receive(byte[] bytes, int from, int length) {
    if (length > 0) {
      script.add(Arrays.copyOfRange(bytes, from, from + length));
    }
  }

  /** The result of a read. */
  void fail(long result) {
    script.add(result);
  }

  boolean hasMore() {
    return !script.isEmpty();
  }

  @Override
  public long read(long address, long length) {
    Object next = script.poll();
    if (next == null) {
      return -Errno.EAGAIN;
    }
    if (next instanceof Long result) {
      return result;
    }
    byte[] bytes = (byte[]) next;
    int part = (int) Math.min(bytes.length, length);
    memory(address, part).copyFrom(MemorySegment.ofArray(bytes).asSlice(0, part));
    if (part < bytes.length) {
      script.addFirst(Arrays.copyOfRange(bytes, part, bytes.length));
    }
    return part;
  }

  // ---- sent ----

  /**
   * Says what becomes of each call.
   *
   * @param answer from the bytes offered to those taken, or to a negated errno
   */
  void take(LongUnaryOperator answer) {
    taking = answer;
  }

  byte[] sent() {
    return sent.toByteArray();
  }

  @Override
  public long send(IoVector vector, int count) {
    MemorySegment entries = memory(vector.address(), count * ENTRY);
    long offered = 0;
    for (int i = 0; i < count; i++) {
      offered += entries.get(ValueLayout.JAVA_LONG, i * ENTRY + 8);
    }
    long taken = taking.applyAsLong(offered);
    long left = taken;
    for (int i = 0; i < count && left > 0; i++) {
      long length = Math.min(left, entries.get(ValueLayout.JAVA_LONG, i * ENTRY + 8));
      long address = entries.get(ValueLayout.JAVA_LONG, i * ENTRY);
      sent.writeBytes(memory(address, length).toArray(ValueLayout.JAVA_BYTE));
      left -= length;
    }
    return taken;
  }

  // Restricted, as any view of an address: those here are of memory that the code under test owns.
  @SuppressWarnings("restricted")
  private static MemorySegment memory(long address, long length) {
    return MemorySegment.ofAddress(address).reinterpret(length);
  }
}
