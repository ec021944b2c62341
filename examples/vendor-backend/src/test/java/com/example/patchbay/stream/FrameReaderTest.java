package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.linux.Errno;

/** Frames from bytes, however these are split. */
class FrameReaderTest {

  /** Takes every frame that is whole. */
  private static void take(FrameReader reader, List<byte[]> frames) {
    for (int length = reader.next(); length > 0; length = reader.next()) {
      frames.add(reader.memory().asSlice(reader.oldest(), length).toArray(ValueLayout.JAVA_BYTE));
      reader.remove();
    }
  }

  /** Reads all that a stream gives. */
  private static List<byte[]> readAll(FrameReader reader, ScriptedStream stream) {
    List<byte[]> frames = new ArrayList<>();
    while (stream.hasMore()) {
      boolean _ = reader.fill(stream);
      take(reader, frames);
      if (reader.next() == FrameReader.MALFORMED) {
        break;
      }
    }
    return frames;
  }

  private static byte[] encode(List<byte[]> frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    frames.forEach(frame -> bytes.writeBytes(StreamPeer.encode(frame).array()));
    return bytes.toByteArray();
  }

  private static List<byte[]> frames(Random random, int count, int longest) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] frame = new byte[1 + random.nextInt(longest)];
      random.nextBytes(frame);
      frames.add(frame);
    }
    return frames;
  }

  private static void assertFrames(List<byte[]> expected, List<byte[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "frame " + i);
    }
  }

  @Test
  void aStreamMayBeSplitAtAnyTwoBytes() {
    List<byte[]> sent = frames(new Random(1), 4, 12);
    byte[] bytes = encode(sent);
    FrameReader reader = new FrameReader(FrameReader.MIN_CAPACITY);
    for (int first = 0; first <= bytes.length; first++) {
      for (int second = first; second <= bytes.length; second++) {
        ScriptedStream stream = new ScriptedStream();
        stream.receive(bytes, 0, first);
        stream.receive(bytes, first, second - first);
        stream.receive(bytes, second, bytes.length - second);
        assertFrames(sent, readAll(reader, stream));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {FrameReader.MIN_CAPACITY, 100_000, StreamSettings.DEFAULT_BUFFER})
  void framesOfAnyLengthInAnyPiecesComeWholeAndInOrder(int capacity) {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<byte[]> sent = frames(random, 60, seed % 3 == 0 ? FrameReader.MAX_FRAME : 2000);
      sent.add(new byte[FrameReader.MAX_FRAME]);
      sent.add(new byte[1]);
      byte[] bytes = encode(sent);
      ScriptedStream stream = new ScriptedStream();
      for (int at = 0; at < bytes.length; ) {
        int part = Math.min(1 + random.nextInt(seed % 2 == 0 ? 70_000 : 700), bytes.length - at);
        stream.receive(bytes, at, part);
        at += part;
      }
      FrameReader reader = new FrameReader(capacity);
      assertFrames(sent, readAll(reader, stream));
      assertEquals(0, reader.heldBytes(), "seed " + seed);
    }
  }

  @Test
  void framesThatNobodyTakesStayWithinTheCapacity() {
    ScriptedStream stream = new ScriptedStream();
    byte[] bytes = encode(List.of(new byte[60_000], new byte[60_000], new byte[60_000]));
    stream.receive(bytes, 0, bytes.length);
    FrameReader reader = new FrameReader(FrameReader.MIN_CAPACITY);
    assertTrue(reader.fill(stream));
    assertEquals(FrameReader.MIN_CAPACITY, reader.heldBytes());
    assertEquals(FrameReader.MIN_CAPACITY, reader.filled());
    assertEquals(60_000, reader.next());
    reader.remove();
    assertEquals(FrameReader.NONE, reader.next());
    List<byte[]> rest = readAll(reader, stream);
    assertEquals(2, rest.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, FrameReader.MAX_FRAME + 1, Integer.MAX_VALUE})
  void aLengthThatNoFrameHasIsMalformed(int length) {
    byte[] good = new byte[60];
    byte[] bytes = java.nio.ByteBuffer.allocate(68).putInt(60).put(good).putInt(length).array();
    ScriptedStream stream = new ScriptedStream();
    stream.receive(bytes, 0, bytes.length);
    FrameReader reader = new FrameReader(FrameReader.MIN_CAPACITY);
    List<byte[]> frames = readAll(reader, stream);
    assertEquals(1, frames.size(), "what came before it is a frame");
    assertEquals(FrameReader.MALFORMED, reader.next());
    assertEquals(Integer.toUnsignedLong(length), reader.malformedLength());
  }

  @Test
  void theEndIsToldWithWhatIsLeft() {
    ScriptedStream stream = new ScriptedStream();
    byte[] bytes = encode(List.of(new byte[100], new byte[100]));
    stream.receive(bytes, 0, bytes.length - 1);
    stream.fail(-Errno.EAGAIN);
    stream.fail(0);
    FrameReader reader = new FrameReader(FrameReader.MIN_CAPACITY);
    assertEquals(1, readAll(reader, stream).size());
    assertTrue(reader.isEnded());
    assertEquals(0, reader.error());
    assertEquals(103, reader.heldBytes());
    reader.reset();
    assertFalse(reader.isEnded());
    assertEquals(0, reader.heldBytes());
    ScriptedStream broken = new ScriptedStream();
    broken.fail(-Errno.ECONNRESET);
    assertFalse(reader.fill(broken));
    assertTrue(reader.isEnded());
    assertEquals(Errno.ECONNRESET, reader.error());
  }
}
