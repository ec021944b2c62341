package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small values of the API. */
final class ValuesTest {

  @Test
  void aMacAddressReadsAndWritesTheUsualForm() {
    MacAddress address = MacAddress.parse("52:54:00:aB:cD:0f");
    assertEquals(0x525400abcd0fL, address.value());
    assertEquals("52:54:00:ab:cd:0f", address.toString());
    assertEquals((byte) 0x52, address.octet(0));
    assertEquals((byte) 0x0f, address.octet(5));
    assertEquals("00:00:00:00:00:00", new MacAddress(0).toString());
    assertEquals("ff:ff:ff:ff:ff:ff", new MacAddress(0xffff_ffff_ffffL).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "52:54:00:12:34",
        "52:54:00:12:34:56:78",
        "52-54-00-12-34-56",
        "525400123456",
        "52:54:00:12:34:5g",
        " 52:54:00:12:34:56",
        "5:54:00:12:34:56"
      })
  void otherFormsOfAMacAddressAreRefusedByName(String text) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
    assertTrue(String.valueOf(refusal.getMessage()).contains("'" + text + "'"));
  }

  @Test
  void aMacAddressHas48Bits() {
    assertThrows(IllegalArgumentException.class, () -> new MacAddress(1L << 48));
    assertThrows(IllegalArgumentException.class, () -> new MacAddress(-1));
  }

  @Test
  void theAddressForANameIsStableLocalAndUnicast() {
    MacAddress first = MacAddress.forName("nic0");
    assertEquals(first, MacAddress.forName("nic0"));
    assertFalse(first.equals(MacAddress.forName("nic1")));
    for (String name : List.of("", "a", "nic0", "ß", "x".repeat(1000))) {
      assertEquals(2, MacAddress.forName(name).octet(0) & 3, "locally administered, unicast");
    }
  }

  @Test
  @DisplayName("B16 a VLAN is its tag control word")
  void aVlanIsItsTagControlWord() {
    int vlan = Vlan.of(5, true, 0x123);
    assertEquals(0xb123, vlan);
    assertEquals(5, Vlan.priority(vlan));
    assertTrue(Vlan.isDropEligible(vlan));
    assertEquals(0x123, Vlan.id(vlan));
    assertEquals(0, Vlan.of(0, false, 0));
    assertEquals(0xffff, Vlan.of(7, true, 4095));
    assertTrue(Vlan.isPresent(Vlan.of(0, false, 0)));
    assertFalse(Vlan.isPresent(Vlan.NONE));
  }

  @Test
  void aVlanFieldOutOfItsRangeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Vlan.of(8, false, 1));
    assertThrows(IllegalArgumentException.class, () -> Vlan.of(-1, false, 1));
    assertThrows(IllegalArgumentException.class, () -> Vlan.of(0, false, 4096));
    assertThrows(IllegalArgumentException.class, () -> Vlan.of(0, false, -1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 255, 65536, (1 << 30) - 1})
  void aTransmitResultTellsCountAndCompletion(int packets) {
    int complete = TxResult.complete(packets);
    int pending = TxResult.pending(packets);
    assertEquals(packets, TxResult.accepted(complete));
    assertEquals(packets, TxResult.accepted(pending));
    assertTrue(TxResult.isComplete(complete));
    assertFalse(TxResult.isComplete(pending));
    assertFalse(TxResult.isFailure(complete));
    assertFalse(TxResult.isFailure(pending));
  }

  @Test
  void failureCodesAreFailures() {
    for (int code : new int[] {Queue.TRY_RESTART, Queue.FATAL, Queue.GONE}) {
      assertTrue(TxResult.isFailure(code));
    }
  }

  @Test
  @DisplayName("B19 numbers of queues and table entries have their ranges")
  void multiQueueSupportKnowsItsRanges() {
    assertEquals(new MultiQueueSupport(1, 0), MultiQueueSupport.SINGLE);
    assertEquals(65535, new MultiQueueSupport(65535, 65535).maxQueues());
    assertThrows(IllegalArgumentException.class, () -> new MultiQueueSupport(0, 0));
    assertThrows(IllegalArgumentException.class, () -> new MultiQueueSupport(65536, 0));
    assertThrows(IllegalArgumentException.class, () -> new MultiQueueSupport(1, -1));
    assertThrows(IllegalArgumentException.class, () -> new MultiQueueSupport(1, 65536));
  }

  @Test
  @DisplayName("E18 a config carries driver, MAC address and an MTU within its range")
  void aQueueConfigKnowsItsRange() {
    QueueDriver driver = new NoDriver();
    MacAddress mac = new MacAddress(2);
    assertEquals(driver, new QueueConfig(driver, mac, 1500).driver());
    assertEquals(mac, new QueueConfig(driver, mac, 1500).macAddress());
    assertEquals(68, new QueueConfig(driver, mac, 68).mtu());
    assertEquals(65535, new QueueConfig(driver, mac, 65535).mtu());
    assertThrows(IllegalArgumentException.class, () -> new QueueConfig(driver, mac, 67));
    assertThrows(IllegalArgumentException.class, () -> new QueueConfig(driver, mac, 65536));
  }

  @Test
  @DisplayName("B12 the transmit flags are these bits")
  void transmitFlags() {
    assertEquals(1, TxFlags.OFFLOAD_IPV4_HEADER_CHECKSUM);
    assertEquals(2, TxFlags.OFFLOAD_TCP_CHECKSUM);
    assertEquals(4, TxFlags.OFFLOAD_UDP_CHECKSUM);
    assertEquals(8, TxFlags.OFFLOAD_TCP_SEGMENTATION);
    assertEquals(16, TxFlags.IPV4);
    assertEquals(32, TxFlags.IPV6);
    assertEquals(64, TxFlags.OFFLOAD_UDP_SEGMENTATION);
    assertEquals(0x4f, TxFlags.ANY_OFFLOAD);
    assertEquals(0x48, TxFlags.ANY_SEGMENTATION);
  }

  @Test
  @DisplayName("B14 good and validated are valid")
  void checksumStates() {
    assertEquals(
        List.of(ChecksumState.GOOD, ChecksumState.VALIDATED_BUT_WRONG),
        Arrays.stream(ChecksumState.values()).filter(ChecksumState::isValid).toList());
    assertEquals(4, ChecksumState.values().length);
  }

  @Test
  @DisplayName("B15 protocols are told from flags, and exclude each other")
  void protocols() {
    assertEquals(L3Protocol.IPV4, L3Protocol.of(TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_CHECKSUM));
    assertEquals(L3Protocol.IPV6, L3Protocol.of(TxFlags.IPV6));
    assertEquals(L3Protocol.UNKNOWN, L3Protocol.of(0));
    assertEquals(L3Protocol.UNKNOWN, L3Protocol.of(TxFlags.IPV4 | TxFlags.IPV6));
    assertEquals(
        List.of(L4Protocol.UNKNOWN, L4Protocol.TCP, L4Protocol.UDP), List.of(L4Protocol.values()));
  }

  @Test
  @DisplayName("B18 headers have these lengths")
  void headerLengths() {
    assertEquals(14, Ethernet.HEADER_LENGTH);
    assertEquals(18, Ethernet.VLAN_HEADER_LENGTH);
    assertEquals(20, Ethernet.IPV4_MIN_HEADER_LENGTH);
    assertEquals(40, Ethernet.IPV6_MIN_HEADER_LENGTH);
  }

  @Test
  @DisplayName("B19 offloads have names and flags")
  void offloadsHaveNamesAndFlags() {
    assertEquals(List.of("ipv4-header", "tcp", "udp", "tso", "uso"), TxOffloadSupport.ALL.names());
    assertEquals(TxFlags.ANY_OFFLOAD, TxOffloadSupport.ALL.flags());
    assertEquals(List.of(), TxOffloadSupport.NONE.names());
    assertEquals(0, TxOffloadSupport.NONE.flags());
    TxOffloadSupport some = new TxOffloadSupport(false, true, false, false, true);
    assertEquals(List.of("tcp", "uso"), some.names());
    assertEquals(TxFlags.OFFLOAD_TCP_CHECKSUM | TxFlags.OFFLOAD_UDP_SEGMENTATION, some.flags());
  }

  @Test
  void everyErrorHasASentenceAndAnExceptionSaysMore() {
    for (EndpointError error : EndpointError.values()) {
      assertFalse(error.sentence().isBlank(), error.name());
      EndpointException failure = new EndpointException(error, "mtu is 5");
      assertEquals(error, failure.error());
      assertEquals(error.sentence() + ": mtu is 5", failure.getMessage());
    }
  }

  @Test
  @DisplayName("B13 receive metadata starts empty and is copied whole")
  void receiveMetadataStartsEmptyAndIsCopiedWhole() {
    RxMetadata metadata = new RxMetadata();
    metadata
        .set(4, 60)
        .ipChecksum(ChecksumState.GOOD)
        .l4Checksum(ChecksumState.BAD)
        .l4Protocol(L4Protocol.UDP)
        .vlan(Vlan.of(1, false, 2));
    RxMetadata copy = new RxMetadata();
    copy.copyFrom(metadata);
    assertEquals(4, copy.offset());
    assertEquals(60, copy.length());
    assertEquals(ChecksumState.GOOD, copy.ipChecksum());
    assertEquals(ChecksumState.BAD, copy.l4Checksum());
    assertEquals(L4Protocol.UDP, copy.l4Protocol());
    assertEquals(Vlan.of(1, false, 2), copy.vlan());
    metadata.reset();
    assertEquals(0, metadata.offset());
    assertEquals(0, metadata.length());
    assertEquals(ChecksumState.UNKNOWN, metadata.ipChecksum());
    assertEquals(ChecksumState.UNKNOWN, metadata.l4Checksum());
    assertEquals(L4Protocol.UNKNOWN, metadata.l4Protocol());
    assertEquals(Vlan.NONE, metadata.vlan());
    assertEquals(60, copy.length(), "a copy is its own");
  }

  /** A driver for configs that nobody drives. */
  static final class NoDriver implements QueueDriver {
    @Override
    public void wake() {}

    @Override
    public Watch watch(int descriptor) throws EndpointException {
      throw new EndpointException(EndpointError.UNSUPPORTED, "no descriptors here");
    }
  }
}
