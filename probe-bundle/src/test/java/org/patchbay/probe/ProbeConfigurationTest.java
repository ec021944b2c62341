package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeConfigurationTest {

  @Test
  void needsOnlyAName() {
    ProbeConfiguration configuration = ProbeConfiguration.read(Map.of("name", "nic0"));
    assertEquals("nic0", configuration.nic().nic().name());
    assertEquals("probe", configuration.nic().frontend());
    assertEquals(new ProbeSettings(1000, List.of(60), 1, 256, 256, false), configuration.probe());
    assertEquals(50_000, configuration.spinNanos());
  }

  @Test
  void readsAllKeys() {
    ProbeConfiguration configuration =
        ProbeConfiguration.read(
            Map.of(
                "name", "p",
                "mtu", "9000",
                "rate", "max",
                "size", "60, 1514,9014",
                "segments", "13",
                "buffers", "1",
                "window", 32768L,
                "verify", "true",
                "spin", "0"));
    assertEquals(
        new ProbeSettings(ProbeSettings.MAX_RATE, List.of(60, 1514, 9014), 13, 1, 32768, true),
        configuration.probe());
    assertEquals(0, configuration.spinNanos());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rate | fast | whole numbers from 0 to 100000000, and max",
        "rate | -1 | whole numbers from 0 to 100000000, and max",
        "size | 59 | whole numbers from 60 to 1514",
        "size | 60,1515 | whole numbers from 60 to 1514",
        "size | 60,,60 | with commas between",
        "segments | 0 | whole numbers from 1 to 13",
        "segments | 14 | whole numbers from 1 to 13",
        "buffers | 0 | whole numbers from 1 to 32768",
        "window | 32769 | whole numbers from 1 to 32768",
        "verify | maybe | true and false",
        "spin | -2 | whole numbers from 0 to 1000000",
        "mtu | 20 | 68 to 65535",
      })
  void refusesABadValueInOneSentence(String key, String value, String allowed) {
    String sentence =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ProbeConfiguration.read(Map.of("name", "nic0", key, value)))
                .getMessage());
    assertTrue(sentence.startsWith(key + " is '" + value + "'; allowed are "), sentence);
    assertTrue(sentence.endsWith(allowed) || sentence.contains(allowed), sentence);
    assertFalse(sentence.contains("\n"), sentence);
  }

  @Test
  void refusesToBeWithoutAName() {
    assertThrows(IllegalArgumentException.class, () -> ProbeConfiguration.read(Map.of()));
  }

  @Test
  void tellsAnotherRateFromOtherChanges() {
    Map<String, Object> values = new HashMap<>(Map.of("name", "nic0"));
    ProbeConfiguration before = ProbeConfiguration.read(values);
    assertTrue(before.suitsRunning(before));
    values.put("rate", "7");
    ProbeConfiguration after = ProbeConfiguration.read(values);
    assertTrue(after.suitsRunning(before));
    values.put("size", "64");
    assertFalse(ProbeConfiguration.read(values).suitsRunning(after));
  }
}
