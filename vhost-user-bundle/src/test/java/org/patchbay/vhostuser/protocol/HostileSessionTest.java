package org.patchbay.vhostuser.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.LinuxException;
import org.patchbay.vhostuser.peer.Payloads;

/** Requests that no honest front-end sends: each is refused, and nothing of it stays. */
class HostileSessionTest {

  private static final long SIZE = SessionFixture.MEMORY_SIZE;

  private int descriptorsBefore;
  private SessionFixture fixture;

  @BeforeEach
  void open() throws Exception {
    new SessionFixture().close();
    descriptorsBefore = SessionFixture.descriptors();
    fixture = new SessionFixture();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    fixture.close();
    assertEquals(descriptorsBefore, SessionFixture.descriptors(), "descriptors");
    assertEquals(0, SessionFixture.mappings(), "mappings");
  }

  private String refused(Request request, byte[] payload, Descriptor... descriptors) {
    return assertThrows(
            ProtocolViolation.class, () -> fixture.handle(request, payload, descriptors))
        .getMessage();
  }

  private Descriptor memory() throws LinuxException {
    return SessionFixture.pass(fixture.memory.descriptor());
  }

  private Descriptor event() throws LinuxException {
    return SessionFixture.pass(fixture.event().descriptor());
  }

  private String refusedTable(RegionDescription... regions) throws LinuxException {
    List<Descriptor> files = new ArrayList<>();
    for (int i = 0; i < regions.length; i++) {
      files.add(memory());
    }
    return refused(
        Request.SET_MEM_TABLE, Payloads.table(List.of(regions)), files.toArray(Descriptor[]::new));
  }

  @ParameterizedTest
  @EnumSource(Request.class)
  void payloadsTooShortOrTooLong(Request request) throws Exception {
    // Those of several sizes take all between; none takes as much as this.
    refused(request, new byte[Message.MOST_PAYLOAD]);
    if (request == Request.SET_MEM_TABLE) {
      refused(request, new byte[7]);
      refused(request, new byte[8 + 8 * 32 + 1]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 5, 13})
  void flagsThatNoRequestHas(int flags) {
    assertThrows(
        ProtocolViolation.class,
        () -> fixture.handle(Request.GET_FEATURES.code(), flags, Payloads.none()));
  }

  @Test
  void featuresThatAreNotOffered() {
    assertTrue(refused(Request.SET_FEATURES, Payloads.number(1L << 17)).contains("0x20000"));
    refused(Request.SET_FEATURES, Payloads.number(-1));
    refused(Request.SET_PROTOCOL_FEATURES, Payloads.number(1L << 8));
    refused(Request.SET_STATUS, Payloads.number(256));
    refused(Request.SET_STATUS, Payloads.number(-1));
  }

  @Test
  void featuresThatChangeUnderRunningRings() throws Exception {
    fixture.start();
    long same = SessionFixture.OFFERED & ~VirtioFeature.RING_PACKED.mask();
    fixture.handle(Request.SET_FEATURES, Payloads.number(same));
    refused(Request.SET_FEATURES, Payloads.number(SessionFixture.OFFERED));
  }

  @Test
  void regionsThatAreNotThere() throws Exception {
    long at = SessionFixture.GUEST_ADDRESS;
    assertTrue(refusedTable(SessionFixture.region(at, 0, 0)).contains("size"));
    refusedTable(SessionFixture.region(at, -1, 0));
    refusedTable(SessionFixture.region(at, Long.MIN_VALUE, 0));
    refusedTable(SessionFixture.region(at, 1L << 62, 0));
    assertTrue(refusedTable(SessionFixture.region(at, SIZE + 1, 0)).contains("exceeds its file"));
    assertTrue(refusedTable(SessionFixture.region(at, SIZE, 1)).contains("exceeds its file"));
    refusedTable(SessionFixture.region(at, SIZE, -SIZE));
    refusedTable(SessionFixture.region(at, 4096, Long.MAX_VALUE - 4095));
    assertTrue(refusedTable(SessionFixture.region(-4096, 4096, 0)).contains("beyond"));
    refusedTable(SessionFixture.region(1L << 62, 4096, 0));
    refusedTable(SessionFixture.region((1L << 62) - 4095, 4096, 0));
    refusedTable(new RegionDescription(at, 4096, Long.MAX_VALUE - 4094, 0));
    refusedTable(new RegionDescription(at, 4096, -1, 0));
  }

  @Test
  void regionsThatOverlap() throws Exception {
    long at = SessionFixture.GUEST_ADDRESS;
    assertTrue(
        refusedTable(
                SessionFixture.region(at, 0x2000, 0),
                SessionFixture.region(at + 0x1fff, 0x1000, 0x4000))
            .contains("overlap"));
    refusedTable(SessionFixture.whole(), SessionFixture.whole());
    fixture.share();
    refused(
        Request.ADD_MEM_REG,
        Payloads.region(SessionFixture.region(at + SIZE - 1, 0x1000, 0)),
        memory());
    refused(
        Request.ADD_MEM_REG,
        Payloads.region(SessionFixture.region(at - 0x1000, SIZE + 0x2000, 0)),
        memory());
  }

  @Test
  void tablesWithMoreOrFewerThanTheySay() throws Exception {
    byte[] none = Payloads.table(List.of());
    assertTrue(refused(Request.SET_MEM_TABLE, none).contains("0 regions"));
    byte[] huge = Payloads.table(List.of());
    huge[3] = (byte) 0x80;
    refused(Request.SET_MEM_TABLE, huge);
    byte[] two = Payloads.table(List.of(SessionFixture.whole()));
    two[0] = 2;
    refused(Request.SET_MEM_TABLE, two, memory(), memory());
    byte[] one = Payloads.table(List.of(SessionFixture.whole()));
    refused(Request.SET_MEM_TABLE, one);
    refused(Request.SET_MEM_TABLE, one, memory(), memory());
    refused(Request.ADD_MEM_REG, Payloads.region(SessionFixture.whole()));
    refused(Request.ADD_MEM_REG, Payloads.region(SessionFixture.whole()), memory(), memory());
    refused(Request.REM_MEM_REG, Payloads.region(SessionFixture.whole()));
    fixture.share();
    refused(Request.REM_MEM_REG, Payloads.region(SessionFixture.whole()), memory(), memory());
    fixture.handle(Request.REM_MEM_REG, Payloads.region(SessionFixture.whole()), memory());
  }

  @Test
  void tooManyRegions() throws Exception {
    for (int i = 0; i < MemoryTable.MOST_REGIONS; i++) {
      fixture.handle(
          Request.ADD_MEM_REG,
          Payloads.region(SessionFixture.region(i * 0x10_0000L, 0x1000, 0)),
          memory());
    }
    String sentence =
        refused(
            Request.ADD_MEM_REG,
            Payloads.region(SessionFixture.region(1L << 50, 0x1000, 0)),
            memory());
    assertTrue(sentence.contains("more than 64 regions"), sentence);
  }

  @Test
  void descriptorsThatCantBeMapped() throws Exception {
    byte[] region = Payloads.region(SessionFixture.region(0, 4096, 0));
    assertTrue(refused(Request.ADD_MEM_REG, region, event()).contains("no file of memory"));
    refused(Request.ADD_MEM_REG, region, Descriptor.open("/dev/zero", true, true));
    refused(Request.ADD_MEM_REG, region, Descriptor.open("/proc/self/status", false, true));
    String executable = ProcessHandle.current().info().command().orElseThrow(AssertionError::new);
    assertTrue(
        refused(Request.ADD_MEM_REG, region, Descriptor.open(executable, false, true))
            .contains("can't be mapped"),
        "a file that was opened for reading only");
  }

  @Test
  void ringsThatAreNotThere() throws Exception {
    for (int ring : new int[] {4, 255, -1, Integer.MIN_VALUE}) {
      refused(Request.SET_VRING_NUM, Payloads.vring(ring, 256));
      refused(Request.SET_VRING_BASE, Payloads.vring(ring, 0));
      refused(Request.GET_VRING_BASE, Payloads.vring(ring, 0));
      refused(Request.SET_VRING_ENABLE, Payloads.vring(ring, 1));
      refused(Request.SET_VRING_ADDR, Payloads.addresses(ring, 0, 0, 0));
    }
    refused(Request.SET_VRING_KICK, Payloads.number(4), event());
    refused(Request.SET_VRING_CALL, Payloads.number(255), event());
    refused(Request.SET_VRING_ERR, Payloads.number(Payloads.NO_DESCRIPTOR | 9));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1025, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void ringSizesThatAreNotAllowed(int size) {
    refused(Request.SET_VRING_NUM, Payloads.vring(0, size));
  }

  @Test
  void aSplitRingThatIsNoPowerOfTwo() throws Exception {
    fixture.share();
    fixture.describe(0, 100);
    assertTrue(
        refused(Request.SET_VRING_KICK, Payloads.number(0), event()).contains("power of two"));
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 0x8000 | 256, 0x7fff, 256 << 16, -1})
  void aPackedRingThatBeginsPastItsEnd(int base) throws Exception {
    fixture.handle(Request.SET_FEATURES, Payloads.number(SessionFixture.OFFERED));
    fixture.share();
    fixture.describe(0, 256);
    fixture.handle(Request.SET_VRING_BASE, Payloads.vring(0, base));
    assertTrue(refused(Request.SET_VRING_KICK, Payloads.number(0), event()).contains("past its"));
  }

  @Test
  void ringsOutsideTheMemoryOrAskew() throws Exception {
    fixture.share();
    long at = SessionFixture.USER_ADDRESS;
    long end = at + SIZE;
    long[][] places = {
      {end - 16 * 256 + 16, at, at + 0x1000},
      {at, end - 4 - 2 * 256 + 2, at + 0x1000},
      {at, at + 0x1000, end - 4 - 8 * 256 + 4},
      {at + 8, at + 0x1000, at + 0x2000},
      {at, at + 0x1001, at + 0x2000},
      {at, at + 0x1000, at + 0x2002},
      {0, 0, 0},
      {-1, -1, -1},
      {Long.MAX_VALUE - 15, at, at},
      {SessionFixture.GUEST_ADDRESS, at, at},
    };
    for (long[] place : places) {
      SessionFixture other = new SessionFixture();
      try (other) {
        other.share();
        other.describe(0, 256);
        other.handle(Request.SET_VRING_ADDR, Payloads.addresses(0, place[0], place[1], place[2]));
        assertThrows(ProtocolViolation.class, () -> other.kick(0));
        assertFalse(other.device.isRunning(0));
      }
    }
  }

  @Test
  void ringsWithoutMemory() throws Exception {
    fixture.describe(0, 256);
    refused(Request.SET_VRING_KICK, Payloads.number(0), event());
  }

  @Test
  void changesOfARunningRing() throws Exception {
    fixture.start();
    refused(Request.SET_VRING_NUM, Payloads.vring(0, 128));
    refused(Request.SET_VRING_BASE, Payloads.vring(0, 0));
    long at = SessionFixture.USER_ADDRESS;
    refused(Request.SET_VRING_ADDR, Payloads.addresses(0, at, at + 0x3000, at + 0x4000));
    // The very same addresses are what a front-end sends when it begins to log.
    fixture.handle(Request.SET_VRING_ADDR, Payloads.addresses(0, at, at + 0x5000, at + 0x6000));
    refused(Request.SET_VRING_ENABLE, Payloads.vring(0, 2));
    assertTrue(fixture.device.isRunning(0));
  }

  @Test
  void eventsMissingOrTooManyOrNone() throws Exception {
    for (Request request :
        List.of(Request.SET_VRING_KICK, Request.SET_VRING_CALL, Request.SET_VRING_ERR)) {
      refused(request, Payloads.number(0));
      refused(request, Payloads.number(0), event(), event());
      refused(request, Payloads.number(Payloads.NO_DESCRIPTOR), event());
      assertTrue(refused(request, Payloads.number(0), memory()).contains("no eventfd"));
      refused(request, Payloads.number(0), Descriptor.open("/dev/null", true, true));
    }
  }

  @Test
  void descriptorsWhereNoneBelong() throws Exception {
    refused(Request.GET_FEATURES, Payloads.none(), event());
    refused(Request.SET_VRING_NUM, Payloads.vring(0, 256), event(), memory());
    refused(Request.SET_OWNER, Payloads.none(), memory());
  }
}
