package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;

class StreamSettingsTest {
  private static final String PREFIX = EndpointError.INVALID_CONFIGURATION.sentence() + ": ";

  @Test
  void defaults() throws Exception {
    StreamSettings settings =
        StreamSettings.of(
            Map.of("service.pid", "com.example.patchbay.stream~s7", "path", "/run/x"));
    assertEquals("s7", settings.name());
    assertFalse(settings.server());
    assertEquals(UnixDomainSocketAddress.of("/run/x"), settings.address());
    assertEquals(131_072, settings.buffer());
    assertEquals(Duration.ofSeconds(1), settings.hold());
    assertEquals("/run/x", settings.where());
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:9000, 127.0.0.1:9000",
    "localhost:1, 127.0.0.1:1",
    "[::1]:65535, [0:0:0:0:0:0:0:1]:65535",
    "0.0.0.0:80, 0.0.0.0:80"
  })
  void addresses(String text, String where) throws Exception {
    StreamSettings settings =
        StreamSettings.of(
            Map.of("name", "s0", "address", text, "mode", "server", "buffer", 65_557, "hold", 0));
    assertEquals(where, settings.where());
    assertTrue(settings.server());
    assertEquals(65_557, settings.buffer());
    assertEquals(Duration.ZERO, settings.hold());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mode|listen|mode is 'listen'; allowed are client and server",
        "path|x.sock|path is 'x.sock'; allowed is an absolute path, which begins with /",
        "buffer|65556|buffer is '65556'; allowed are 65557 to 16777216 bytes",
        "buffer|16777217|buffer is '16777217'; allowed are 65557 to 16777216 bytes",
        "buffer|many|buffer is 'many'; allowed are 65557 to 16777216 bytes",
        "hold|-1|hold is '-1'; allowed are 0 to 3600000 milliseconds",
        "name|a b|name is 'a b'; allowed are 1 to 63 letters, digits, dots, dashes and underscores",
        "colour|red|colour is 'red'; the keys are name, mode, path, address, buffer, hold",
        "address|127.0.0.1:1|address is '127.0.0.1:1'; it is not allowed together with path",
      })
  void aBadValueIsRefusedInASentence(String key, String value, String sentence) {
    Map<String, String> configuration =
        new java.util.HashMap<>(Map.of("name", "s0", "path", "/run/x"));
    configuration.put(key, value);
    assertRefused(sentence, configuration);
  }

  @ParameterizedTest
  @CsvSource({
    "9000",
    "host.example:9000",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:x",
    "::1:9000",
    "[::1]",
    "[::1:9000",
    "256.0.0.1:9000"
  })
  void aBadAddressIsRefusedInASentence(String address) {
    assertRefused(
        "address is '"
            + address
            + "'; allowed is HOST:PORT with a numeric HOST ([...] around IPv6) or localhost, and"
            + " PORT 1 to 65535",
        Map.of("name", "s0", "address", address));
  }

  @Test
  void aPlaceIsRequired() {
    assertRefused("path is ''; either path or address is required", Map.of("name", "s0"));
  }

  @Test
  void aPathThatIsTooLongIsRefused() {
    String path = "/" + "p".repeat(107);
    assertRefused(
        "path is '"
            + path
            + "'; with its 108 bytes it is too long for a unix socket; allowed are 1 to 107",
        Map.of("name", "s0", "path", path));
  }

  @Test
  void aNameIsRequiredWithoutAPid() {
    assertRefused(
        "name is ''; it is required where the PID has no ~ with a name behind it",
        Map.of("path", "/run/x"));
  }

  private static void assertRefused(String sentence, Map<String, ?> configuration) {
    EndpointException refused =
        assertThrows(EndpointException.class, () -> StreamSettings.of(configuration));
    assertEquals(PREFIX + sentence, refused.getMessage());
    assertEquals(EndpointError.INVALID_CONFIGURATION, refused.error());
  }
}
