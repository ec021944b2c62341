package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.MacAddress;

class NicPropertiesTest {

  @Test
  void readsAllKeysUnderAPrefix() {
    EngineSettings settings =
        new NicProperties(
                Map.of(
                    "b.plug", " tap1 ",
                    "b.failover", "(patchbay.endpoint.type=tap)",
                    "b.failback", "true",
                    "b.follow-link", true,
                    "b.hold", 2000L,
                    "b.mac", "52:54:00:00:00:02",
                    "b.mtu", "9000"))
            .nic("c0.b", "cable", "b.");
    assertEquals("c0.b", settings.nic().name());
    assertEquals("tap1", settings.nic().plugAtStart());
    assertEquals("(patchbay.endpoint.type=tap)", settings.nic().failoverFilter());
    assertTrue(settings.nic().failback());
    assertTrue(settings.nic().followLink());
    assertEquals(2_000_000_000L, settings.holdNanos());
    assertEquals(MacAddress.parse("52:54:00:00:00:02"), settings.macAddress());
    assertEquals(9000, settings.mtu());
  }

  @Test
  void hasDefaultsForAll() {
    EngineSettings settings = new NicProperties(Map.of()).nic("nic0", "probe", "");
    assertNull(settings.nic().plugAtStart());
    assertNull(settings.nic().failoverFilter());
    assertEquals(0, settings.holdNanos());
    assertEquals(1500, settings.mtu());
    assertEquals(MacAddress.forName("nic0"), settings.macAddress());
  }

  @ParameterizedTest
  @CsvSource({
    "hold, -1, from 0 to",
    "hold, soon, from 0 to",
    "mtu, 67, from 68 to 65535",
    "mac, 52:54, 52:54:00:12:34:56",
    "failback, yes, true and false"
  })
  void aBadValueIsNamedWithItsKeyAndWhatIsAllowed(String key, String value, String allowed) {
    NicProperties properties = new NicProperties(Map.of(key, value));
    String sentence =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> properties.nic("nic0", "probe", ""))
                .getMessage());
    assertTrue(sentence.contains(key), sentence);
    assertTrue(sentence.contains(value), sentence);
    assertTrue(sentence.contains(allowed), sentence);
  }

  @Test
  void aBadNameIsNamed() {
    String sentence =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new NicProperties(Map.of()).nic("a b", "probe", ""))
                .getMessage());
    assertTrue(sentence.contains("'a b'"), sentence);
  }

  @Test
  void spinIsAWindowOrForEver() {
    assertEquals(50_000, new NicProperties(Map.of()).spinNanos());
    assertEquals(7_000, new NicProperties(Map.of("spin", 7)).spinNanos());
    assertEquals(Engines.SPIN_ALWAYS, new NicProperties(Map.of("spin", "always")).spinNanos());
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new NicProperties(Map.of("spin", "often")).spinNanos());
    assertEquals(
        "spin is 'often'; allowed are whole numbers from 0 to 1000000, and always",
        refused.getMessage());
  }
}
