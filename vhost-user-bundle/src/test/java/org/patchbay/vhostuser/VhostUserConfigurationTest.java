package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.vhostuser.protocol.VirtioFeature;

class VhostUserConfigurationTest {

  private static final Path HOME = Path.of("/home/of/it");

  private static VhostUserConfiguration read(Map<String, ?> values) {
    Map<String, Object> all = new HashMap<>(Map.of("name", "vm0", "socket", "run/vm0.sock"));
    all.putAll(values);
    return VhostUserConfiguration.read(all, HOME);
  }

  private static String refusal(Map<String, ?> values) {
    return Objects.requireNonNull(
        assertThrows(IllegalArgumentException.class, () -> read(values)).getMessage());
  }

  @Test
  void hasDefaults() {
    VhostUserConfiguration configuration = read(Map.of());
    assertEquals("vm0", configuration.nic().nic().name());
    assertEquals("vhost-user", configuration.nic().frontend());
    assertEquals(Path.of("/home/of/it/run/vm0.sock"), configuration.socket());
    assertFalse(configuration.connects());
    assertEquals(1, configuration.queuePairs());
    assertEquals(1, configuration.workers());
    assertEquals(
        List.of(
            "CSUM",
            "GUEST_CSUM",
            "MTU",
            "HOST_TSO4",
            "HOST_TSO6",
            "MRG_RXBUF",
            "INDIRECT_DESC",
            "EVENT_IDX",
            "PROTOCOL_FEATURES",
            "VERSION_1",
            "RING_PACKED",
            "IN_ORDER",
            "HOST_USO"),
        VirtioFeature.names(configuration.offer().features()));
  }

  @Test
  void takesWhatIsConfigured() {
    VhostUserConfiguration configuration =
        read(
            Map.of(
                "socket", "/run/other/vm0.sock",
                "mode", "connect",
                "queue-pairs", 4,
                "workers", "2",
                "mtu", 9000,
                "withhold", "ring_packed, VIRTIO_NET_F_MRG_RXBUF,VIRTIO_RING_F_EVENT_IDX"));
    assertEquals(Path.of("/run/other/vm0.sock"), configuration.socket());
    assertTrue(configuration.connects());
    assertEquals(4, configuration.queuePairs());
    assertEquals(2, configuration.workers());
    assertEquals(
        Set.of(VirtioFeature.RING_PACKED, VirtioFeature.MRG_RXBUF, VirtioFeature.EVENT_IDX),
        configuration.withheld());
    long offered = configuration.offer().features();
    assertTrue(VirtioFeature.MQ.isIn(offered), "there are several pairs");
    assertFalse(VirtioFeature.RING_PACKED.isIn(offered));
    assertFalse(VirtioFeature.MRG_RXBUF.isIn(offered));
    assertEquals(4, configuration.offer().queuePairs());
    assertEquals(9000, configuration.offer().mtu());
  }

  @ParameterizedTest
  @CsvSource({
    "mode, server, listen and connect",
    "queue-pairs, 0, from 1 to 64",
    "queue-pairs, many, from 1 to 64",
    "queue-pairs, 65, from 1 to 64",
    "workers, 2, from 1 to 1",
    "withhold, RING_SPLIT, RING_PACKED",
    "withhold, PROTOCOL_FEATURES, VERSION_1",
    "mtu, 10, from 68",
    "name, a b, letters",
  })
  void refusesNamingKeyValueAndWhatIsAllowed(String key, String value, String allowed) {
    String sentence = refusal(Map.of(key, value));
    assertTrue(sentence.contains(key), sentence);
    assertTrue(sentence.contains("'" + value + "'"), sentence);
    assertTrue(sentence.contains(allowed), sentence);
  }

  @Test
  void refusesAPathThatNoSocketCanHave() {
    String fits = "x".repeat(107 - HOME.toString().length() - 1);
    assertEquals(107, read(Map.of("socket", fits)).socket().toString().length());
    String sentence = refusal(Map.of("socket", fits + "x"));
    assertTrue(sentence.contains("108 bytes"), sentence);
    assertTrue(sentence.contains("at most 107"), sentence);
    refusal(Map.of("socket", "é".repeat(54)));
    refusal(Map.of("socket", "/"));
    refusal(Map.of("socket", "a\0b"));
    refusal(Map.of("socket", " "));
  }
}
