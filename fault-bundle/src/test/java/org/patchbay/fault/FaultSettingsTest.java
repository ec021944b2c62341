package org.patchbay.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;

final class FaultSettingsTest {

  @Test
  void whatIsLeftOutHasItsDefault() throws Exception {
    FaultSettings settings = FaultSettings.of(Map.of("service.pid", "org.patchbay.fault~bad"));
    assertEquals("bad", settings.name());
    assertEquals(Fault.NONE, settings.fault());
    assertEquals(0, settings.after());
    assertEquals("", settings.around());
    assertEquals(Disturbance.NONE, settings.disturbance());
    assertEquals(1000, settings.services());
  }

  @Test
  void everyKeyOfTheMiddlewareIsRead() throws Exception {
    Map<String, Object> properties = new HashMap<>();
    properties.put("name", "wan");
    properties.put("around", "tap0");
    properties.put("delay", 20);
    properties.put("delayed", "50");
    properties.put("drop", "0.5");
    properties.put("duplicate", 1);
    properties.put("reorder", "2.25");
    properties.put("corrupt", "0.0001");
    properties.put("seed", "-7");
    FaultSettings settings = FaultSettings.of(properties);
    assertEquals("tap0", settings.around());
    assertEquals(
        new Disturbance(Direction.BOTH, 20_000_000, 500_000, 5_000, 10_000, 22_500, 1, -7),
        settings.disturbance());
  }

  @Test
  void everyKeyOfAFaultIsRead() throws Exception {
    FaultSettings settings =
        FaultSettings.of(
            Map.of(
                "name", "f", "fault", "block", "in", "stop", "after", 3, "millis", "1500",
                "release", "/run/go"));
    assertEquals(Fault.BLOCK, settings.fault());
    assertEquals(Call.STOP, settings.in());
    assertEquals(3, settings.after());
    assertEquals(1_500_000_000L, settings.blockNanos());
    assertEquals("/run/go", String.valueOf(settings.release()));
    FaultSettings leak =
        FaultSettings.of(Map.of("name", "f", "fault", "leak", "threads", 2, "descriptors", 3));
    assertEquals(List.of(2, 3), List.of(leak.threads(), leak.descriptors()));
  }

  @Test
  void aFaultHappensByDefaultWhereItCan() throws Exception {
    for (Fault fault : Fault.values()) {
      assertTrue(fault.calls().contains(fault.usualCall()), fault.text());
      Map<String, String> properties =
          fault == Fault.TAKE_NAME
              ? Map.of("name", "f", "fault", fault.text(), "takes", "loopback")
              : Map.of("name", "f", "fault", fault.text());
      assertEquals(fault.usualCall(), FaultSettings.of(properties).in(), fault.text());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "in=jump | in is 'jump'; allowed with fault=id-twice are rxPoll, txPoll",
        "in=stop | in is 'stop'; allowed with fault=id-twice are rxPoll, txPoll",
        "after=-1 | after is '-1'; allowed are 0 to 9223372036854775807",
        "after=soon | after is 'soon'; allowed are 0 to 9223372036854775807",
        "millis=5 | millis is '5'; it is allowed with fault=block and fault=block-native only",
        "takes=x | takes is 'x'; it is allowed with fault=take-name only",
        "threads=1 | threads is '1'; it is allowed with fault=leak only",
        "name=a b | name is 'a b'; allowed are 1 to 63 letters, digits, dots, dashes and"
            + " underscores",
        "around=f | around is 'f'; allowed is the name of another endpoint",
        "around=(x) | around is '(x)'; allowed are 1 to 63 letters, digits, dots, dashes and"
            + " underscores",
        "drop=101 | drop is '101'; allowed are 0 to 100 percent, such as 0.5",
        "drop=NaN | drop is 'NaN'; allowed are 0 to 100 percent, such as 0.5",
        "delay=60001 | delay is '60001'; allowed are 0 to 60000 milliseconds",
        "direction=up | direction is 'up'; allowed are both, send, receive",
        "seed=x | seed is 'x'; allowed are -9223372036854775808 to 9223372036854775807"
      })
  void aBadValueIsRefusedWithKeyValueAndWhatIsAllowed(String setting, String detail) {
    String[] parts = setting.split("=", 2);
    Map<String, String> properties = new HashMap<>(Map.of("name", "f", "fault", "id-twice"));
    properties.put(parts[0], parts[1]);
    assertRefused(properties, detail);
  }

  @Test
  void otherBadValuesAreRefusedToo() {
    assertRefused(
        Map.of("name", "f", "fault", "melt"), "fault is 'melt'; allowed are " + Fault.names());
    assertRefused(
        Map.of("name", "f", "fault", "block", "release", "go"),
        "release is 'go'; allowed is the absolute path of a file");
    assertRefused(
        Map.of("name", "f", "fault", "take-name"),
        "takes is ''; allowed are 1 to 63 letters, digits, dots, dashes and underscores");
    assertRefused(
        Map.of("name", "f", "direction", "send", "corrupt", "1"),
        "direction is 'send'; corrupt acts on frames that are received");
    assertRefused(
        Map.of("name", "f", "direction", "receive", "duplicate", "1"),
        "direction is 'receive'; duplicate acts on frames that are sent");
    assertRefused(
        Map.of("name", "f", "drops", "1"),
        "drops is '1'; the keys are name, fault, in, after, millis, release, takes, services,"
            + " threads, descriptors, around, direction, delay, delayed, drop, duplicate, reorder,"
            + " corrupt, seed");
  }

  private static void assertRefused(Map<String, ?> properties, String detail) {
    EndpointException refusal =
        assertThrows(EndpointException.class, () -> FaultSettings.of(properties));
    assertEquals(EndpointError.INVALID_CONFIGURATION, refusal.error());
    assertEquals("the configuration is not valid: " + detail, refusal.getMessage());
  }

  /** A method that the interfaces grow must be one that can fail. */
  @Test
  void everyMethodOfTheContractCanHaveAFault() {
    Set<String> methods = new TreeSet<>();
    for (Class<?> type : List.of(Endpoint.class, Queue.class)) {
      Arrays.stream(type.getDeclaredMethods())
          .filter(method -> !method.isSynthetic())
          .forEach(method -> methods.add(method.getName()));
    }
    assertEquals(
        methods,
        Call.methods().stream().map(Call::text).collect(Collectors.toCollection(TreeSet::new)));
  }

  /** What Metatype shows is what is read. */
  @Test
  void everyKeyIsDescribed() {
    Set<String> described =
        Arrays.stream(FaultConfiguration.class.getDeclaredMethods())
            .map(java.lang.reflect.Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    EndpointException refusal =
        assertThrows(
            EndpointException.class, () -> FaultSettings.of(Map.of("name", "f", "zz", "1")));
    String keys = refusal.getMessage().substring(refusal.getMessage().indexOf("are ") + 4);
    assertEquals(described, new TreeSet<>(List.of(keys.split(", "))));
  }
}
