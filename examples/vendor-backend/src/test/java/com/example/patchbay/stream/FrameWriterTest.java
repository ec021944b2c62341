package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.TxBatch;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.linux.Errno;

/** Packets to bytes, however the socket takes them. */
class FrameWriterTest {
  private final TestGuestMemory guest = new TestGuestMemory();
  private final FrameWriter writer = new FrameWriter();
  private final ScriptedStream stream = new ScriptedStream();
  private final QueueStatistics statistics = new QueueStatistics();
  private final TxBatch batch = new TxBatch(300, 2000);
  private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
  private final Random random = new Random(1);

  /** Adds a packet of as many segments. */
  private void add(int length, int segments) {
    byte[] frame = new byte[length];
    random.nextBytes(frame);
    long[] addresses = new long[segments];
    int[] lengths = new int[segments];
    int from = 0;
    for (int i = 0; i < segments; i++) {
      lengths[i] = i == segments - 1 ? length - from : length / segments;
      addresses[i] = guest.allocate(Math.max(lengths[i], 1));
      byte[] part = java.util.Arrays.copyOfRange(frame, from, from + lengths[i]);
      guest.write(addresses[i], part);
      from += lengths[i];
    }
    assertTrue(batch.addPacket(batch.packetCount(), segments, 0, length, addresses[0], lengths[0]));
    for (int i = 1; i < segments; i++) {
      assertTrue(batch.addSegment(addresses[i], lengths[i]));
    }
    expected.writeBytes(StreamPeer.encode(frame).array());
  }

  private void addStraddling(int length) {
    byte[] frame = new byte[length];
    random.nextBytes(frame);
    long address = TestGuestMemory.straddlingPacket(length);
    guest.write(address, frame);
    assertTrue(batch.addPacket(batch.packetCount(), 1, 0, length, address, length));
    expected.writeBytes(StreamPeer.encode(frame).array());
  }

  private void addBad() {
    assertTrue(batch.addPacket(batch.packetCount(), 1, 0, 60, TestGuestMemory.HOLE, 60));
  }

  /** The packets from one on, as a frontend offers again what was not accepted. */
  private TxBatch from(int first) {
    TxBatch rest = new TxBatch(300, 2000);
    for (int packet = first; packet < batch.packetCount(); packet++) {
      int head = batch.firstSegment(packet);
      assertTrue(
          rest.addPacket(
              packet,
              batch.declaredSegments(packet),
              0,
              batch.length(packet),
              batch.segmentAddress(head),
              batch.segmentLength(head)));
      for (int i = head + 1; i < batch.endSegment(packet); i++) {
        assertTrue(rest.addSegment(batch.segmentAddress(i), batch.segmentLength(i)));
      }
    }
    return rest;
  }

  private int write(TxBatch packets) {
    return writer.write(stream, guest.memory(), packets, statistics);
  }

  /** Offers what was not accepted again and again, until all has gone. */
  private void writeAll() {
    int done = 0;
    for (int round = 0; done < batch.packetCount() || writer.holdsRest(); round++) {
      assertTrue(round < 1_000_000, "no progress");
      done += write(from(done));
    }
    assertEquals(batch.packetCount(), done);
  }

  @Test
  void aBatchGoesInOneCall() {
    for (int i = 0; i < 100; i++) {
      add(60 + i, 1 + i % 3);
    }
    List<Long> calls = new ArrayList<>();
    stream.take(
        offered -> {
          calls.add(offered);
          return offered;
        });
    assertEquals(100, write(batch));
    assertEquals(1, calls.size());
    assertArrayEquals(expected.toByteArray(), stream.sent());
    assertEquals(100, statistics.txPackets());
  }

  @Test
  void moreThanFitsInOneCallGoesInSeveral() {
    for (int i = 0; i < 280; i++) {
      add(60, 1);
    }
    for (int i = 0; i < 6; i++) {
      add(1000, TxBatch.MAX_SEGMENTS);
    }
    assertEquals(286, write(batch));
    assertArrayEquals(expected.toByteArray(), stream.sent());
  }

  /** The first call takes so many bytes, the next nothing, and then everything goes. */
  @Test
  void theSocketMayTakeAnyNumberOfBytes() {
    add(20, 1);
    add(33, 3);
    addBad();
    add(14, 2);
    addBad();
    int all = expected.size();
    for (int cut = 0; cut <= all; cut++) {
      FrameWriter fresh = new FrameWriter();
      ScriptedStream cutting = new ScriptedStream();
      QueueStatistics counts = new QueueStatistics();
      long first = cut;
      int[] call = {0};
      cutting.take(offered -> call[0]++ == 0 && first > 0 ? first : -Errno.EAGAIN);
      int done = fresh.write(cutting, guest.memory(), batch, counts);
      assertEquals(done, counts.txPackets() + counts.txErrors(), "cut at " + cut);
      cutting.take(offered -> offered);
      TxBatch rest = from(done);
      assertEquals(rest.packetCount(), fresh.write(cutting, guest.memory(), rest, counts));
      assertTrue(fresh.flush(cutting));
      assertArrayEquals(expected.toByteArray(), cutting.sent(), "cut at " + cut);
      assertEquals(3, counts.txPackets());
      assertEquals(2, counts.txErrors());
    }
  }

  @Test
  void anySequenceOfPartsAndRefusalsGivesTheSameBytes() {
    for (int seed = 0; seed < 30; seed++) {
      random.setSeed(seed);
      batch.clear();
      expected.reset();
      FrameWriterTest run = new FrameWriterTest();
      run.random.setSeed(seed);
      for (int i = 0; i < 60; i++) {
        switch (run.random.nextInt(8)) {
          case 0 -> run.addBad();
          case 1 -> run.add(1 + run.random.nextInt(9000), 1 + run.random.nextInt(40));
          default -> run.add(1 + run.random.nextInt(200), 1 + run.random.nextInt(4));
        }
        if (i == 30) {
          run.addStraddling(3000);
        }
      }
      run.stream.take(
          offered ->
              run.random.nextInt(3) == 0
                  ? -(run.random.nextBoolean() ? Errno.EAGAIN : Errno.EINTR)
                  : Math.min(offered, 1 + run.random.nextInt(5000)));
      run.writeAll();
      assertArrayEquals(run.expected.toByteArray(), run.stream.sent(), "seed " + seed);
    }
  }

  /** What the guest writes to its memory after its packet was complete is not sent. */
  @Test
  void theRestOfAFrameIsKeptFromTheGuest() {
    add(500, 3);
    int[] calls = {0};
    stream.take(offered -> calls[0]++ == 0 ? 100 : -Errno.EAGAIN);
    assertEquals(1, write(batch), "a packet that went in part is complete");
    for (int i = 0; i < 3; i++) {
      guest.write(batch.segmentAddress(i), new byte[batch.segmentLength(i)]);
    }
    stream.take(offered -> offered);
    assertTrue(writer.flush(stream));
    assertArrayEquals(expected.toByteArray(), stream.sent());
  }

  @Test
  void nothingIsAcceptedBeforeTheRestHasGone() {
    add(500, 1);
    add(60, 1);
    int[] calls = {0};
    stream.take(offered -> calls[0]++ == 0 ? 100 : -Errno.EAGAIN);
    assertEquals(1, write(batch));
    assertTrue(writer.holdsRest());
    assertEquals(404, writer.pendingBytes());
    assertEquals(0, write(from(1)));
    stream.take(offered -> offered);
    assertEquals(1, write(from(1)));
    assertFalse(writer.holdsRest());
    assertEquals(0, writer.pendingBytes());
    assertArrayEquals(expected.toByteArray(), stream.sent());
  }

  @Test
  void aPeerThatIsGoneBreaksTheWriter() {
    add(60, 1);
    stream.take(offered -> -Errno.EPIPE);
    assertEquals(0, write(batch));
    assertTrue(writer.isBroken());
    assertEquals(Errno.EPIPE, writer.error());
    assertEquals(0, statistics.txPackets());
    writer.reset();
    assertFalse(writer.isBroken());
    stream.take(offered -> offered);
    assertEquals(1, write(batch));
  }

  /** The kernel can't read one packet's memory: that one is dropped, the others go. */
  @Test
  void memoryThatTheKernelCanNotReadCostsItsPacketOnly() {
    add(60, 1);
    add(61, 1);
    add(62, 1);
    stream.take(offered -> offered == 65 || offered > 66 ? -Errno.EFAULT : offered);
    assertEquals(3, write(batch));
    assertEquals(2, statistics.txPackets());
    assertEquals(1, statistics.txErrors());
    assertFalse(writer.isBroken());
    assertEquals(64 + 66, stream.sent().length);
  }

  @Test
  void aFrameThatNoPeerWouldTakeIsBad() {
    add(FrameReader.MAX_FRAME, 2);
    byte[] whole = expected.toByteArray();
    add(FrameReader.MAX_FRAME + 1, 2);
    assertEquals(2, write(batch));
    assertEquals(1, statistics.txErrors());
    assertArrayEquals(whole, stream.sent());
  }
}
