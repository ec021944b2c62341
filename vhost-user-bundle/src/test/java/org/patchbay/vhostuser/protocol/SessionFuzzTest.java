package org.patchbay.vhostuser.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.MemoryFile;
import org.patchbay.linux.UnixSocket;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/**
 * Whatever a front-end sends: it is answered or refused, rings only ever lie in memory that is
 * mapped, and when the connection has ended nothing of it is left. What {@link RecordingDevice}
 * allows is checked at each step.
 */
class SessionFuzzTest {

  private static final int MOST_MESSAGES = 100;
  private static final int MOST_PIECES = 100;
  private static final int SEND_MILLIS = 1000;

  /** Messages of any kind, more or less well formed, with any descriptors. */
  @FuzzTest(maxDuration = "20s")
  void anyMessages(FuzzedDataProvider data) throws Exception {
    int before = SessionFixture.descriptors();
    try (SessionFixture fixture = new SessionFixture();
        MemoryFile small = MemoryFile.create("session-test-small", 4096)) {
      boolean connected = true;
      for (int i = 0; i < MOST_MESSAGES && connected && data.remainingBytes() > 0; i++) {
        fixture.device.holdsUnused = data.consumeBoolean();
        connected = handleNext(fixture, small, data);
      }
      fixture.device.unused.forEach(Runnable::run);
      fixture.device.holdsUnused = false;
      fixture.session.end();
      for (VirtqueueLayout layout : fixture.device.layouts) {
        assertNull(layout);
      }
      assertEquals(0, fixture.device.memory.size());
      assertEquals(SessionReport.NONE, fixture.session.report());
    }
    assertEquals(before, SessionFixture.descriptors());
    assertEquals(0, SessionFixture.mappings());
  }

  private static boolean handleNext(
      SessionFixture fixture, MemoryFile small, FuzzedDataProvider data) throws Exception {
    Request request = data.pickValue(Request.values());
    int code = data.consumeInt(0, 15) == 0 ? data.consumeInt() : request.code();
    int flags = data.consumeInt(0, 15) == 0 ? data.consumeInt() : 1 | data.consumeInt(0, 1) << 3;
    byte[] payload =
        data.consumeInt(0, 7) == 0
            ? data.consumeBytes(data.consumeInt(0, 300))
            : plausible(request, data);
    Descriptor[] descriptors = new Descriptor[data.consumeInt(0, 2)];
    for (int i = 0; i < descriptors.length; i++) {
      descriptors[i] =
          switch (data.consumeInt(0, 3)) {
            case 0 -> SessionFixture.pass(fixture.event().descriptor());
            case 1 -> SessionFixture.pass(small.descriptor());
            default -> SessionFixture.pass(fixture.memory.descriptor());
          };
    }
    fixture.device.failsNext = data.consumeInt(0, 31) == 0;
    try {
      fixture.handle(code, flags, payload, descriptors);
      return true;
    } catch (ProtocolViolation | org.patchbay.api.EndpointException e) {
      return false;
    } finally {
      fixture.device.failsNext = false;
    }
  }

  /** A payload of the right form, with numbers that are often right. */
  private static byte[] plausible(Request request, FuzzedDataProvider data) {
    return switch (request) {
      case SET_MEM_TABLE -> {
        int count = data.consumeInt(1, 2);
        ByteBuffer table = buffer(8 + count * RegionDescription.SIZE).putInt(count).putInt(0);
        for (int i = 0; i < count; i++) {
          putRegion(table, data);
        }
        yield table.array();
      }
      case ADD_MEM_REG, REM_MEM_REG -> {
        ByteBuffer region = buffer(8 + RegionDescription.SIZE).putLong(0);
        putRegion(region, data);
        yield region.array();
      }
      case SET_VRING_NUM -> vring(data, 1 << data.consumeInt(0, 11));
      case SET_VRING_BASE -> vring(data, data.consumeInt());
      case GET_VRING_BASE -> vring(data, 0);
      case SET_VRING_ENABLE -> vring(data, data.consumeInt(0, 2));
      case SET_VRING_ADDR ->
          buffer(40)
              .putInt(data.consumeInt(0, 4))
              .putInt(0)
              .putLong(address(data))
              .putLong(address(data))
              .putLong(address(data))
              .putLong(0)
              .array();
      case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR ->
          buffer(8).putLong(data.consumeInt(0, 4) | data.consumeInt(0, 1) << 8).array();
      case SET_FEATURES -> buffer(8).putLong(SessionFixture.OFFERED & data.consumeLong()).array();
      case SET_STATUS, SET_PROTOCOL_FEATURES, NET_SET_MTU ->
          buffer(8).putLong(data.consumeInt(0, 2000)).array();
      case GET_CONFIG -> new byte[12];
      default -> new byte[0];
    };
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] vring(FuzzedDataProvider data, int number) {
    return buffer(8).putInt(data.consumeInt(0, 4)).putInt(number).array();
  }

  private static long address(FuzzedDataProvider data) {
    return SessionFixture.USER_ADDRESS + 4L * data.consumeInt(-4, 0x40004);
  }

  private static void putRegion(ByteBuffer buffer, FuzzedDataProvider data) {
    if (data.consumeBoolean()) {
      RegionDescription whole = SessionFixture.whole();
      buffer.putLong(whole.guestAddress()).putLong(whole.size()).putLong(whole.userAddress());
      buffer.putLong(whole.fileOffset());
    } else {
      buffer.putLong(data.consumeLong()).putLong(data.consumeLong(0, 1 << 21));
      buffer.putLong(data.consumeLong()).putLong(data.consumeLong(-1, 1 << 21));
    }
  }

  /** Bytes in any pieces, with a descriptor here and there, over a real connection. */
  @FuzzTest(maxDuration = "20s")
  void anyBytes(FuzzedDataProvider data) throws Exception {
    int before = SessionFixture.descriptors();
    try (SessionFixture fixture = new SessionFixture();
        UnixSocket.Pair connection = UnixSocket.pair();
        EventFd event = EventFd.open()) {
      connection.first().setSendTimeout(SEND_MILLIS);
      connection.second().setSendTimeout(SEND_MILLIS);
      int most = data.consumeInt(1, 100);
      int every = data.consumeInt(1, 20);
      send(connection.first(), data.consumeRemainingAsBytes(), most, every, fixture, event);
      connection.first().shutdownSending();
      serve(fixture.session, connection.second());
    }
    assertEquals(before, SessionFixture.descriptors());
    assertEquals(0, SessionFixture.mappings());
  }

  private static void send(
      UnixSocket socket, byte[] bytes, int most, int every, SessionFixture fixture, EventFd event)
      throws IOException {
    // More bytes or pieces would fill the socket's buffer, which nobody empties yet.
    int length = Math.min(bytes.length, 20_000);
    int size = Math.max(most, length / MOST_PIECES + 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(length + 1);
      MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, length);
      int piece = 0;
      for (int at = 0; at < length; piece++) {
        MemorySegment part = data.asSlice(at, Math.min(size, length - at));
        at +=
            piece % every == 0
                ? socket.send(
                    part,
                    piece % 2 == 0
                        ? event.descriptor().value()
                        : fixture.memory.descriptor().value())
                : socket.send(part);
      }
    }
  }

  private static void serve(Session session, UnixSocket socket) throws Exception {
    try (MessageChannel channel = new MessageChannel(socket)) {
      while (true) {
        try (Message message = channel.receive()) {
          if (message == null) {
            return;
          }
          Reply reply = session.handle(message);
          if (reply != null) {
            channel.reply(message, reply);
          }
        }
      }
    } catch (ProtocolViolation | IOException e) {
      // The connection ends.
    }
  }
}
