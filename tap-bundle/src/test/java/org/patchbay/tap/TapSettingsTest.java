package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;

@DisplayNameGeneration(ContractLineNames.class)
class TapSettingsTest {
  @Test
  void whatIsLeftOutHasItsDefault() throws Exception {
    assertEquals(
        new TapSettings("tap0", "tap0", "", 0, false, -1, true, 1),
        TapSettings.of(Map.of("name", "tap0")));
    assertEquals(
        new TapSettings("tap0", "tap0", "", 0, false, -1, true, 1),
        TapSettings.of(
            Map.of(
                "service.pid", "org.patchbay.tap~tap0",
                "felix.fileinstall.filename", "file:/etc/x.cfg",
                "component.id", 7L)));
  }

  @Test
  void everyKeyIsRead() throws Exception {
    assertEquals(
        new TapSettings("up-link", "tap1", "blue", 9000, true, -1, false, 2),
        TapSettings.of(
            Map.of(
                "name",
                "up-link",
                "ifname",
                "tap1",
                "netns",
                "blue",
                "mtu",
                9000,
                "up",
                "TRUE",
                "offloads",
                false,
                "queues",
                2)));
    assertEquals(
        new TapSettings("passed", "", "", 1500, false, 7, true, 1),
        TapSettings.of(Map.of("name", "passed", "fd", "7", "mtu", "1500")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mtu=67 | mtu is '67'; allowed are 68 to 65521 bytes",
        "mtu=65522 | mtu is '65522'; allowed are 68 to 65521 bytes",
        "mtu=big | mtu is 'big'; allowed are 68 to 65521 bytes",
        "up=yes | up is 'yes'; allowed are true and false",
        "queues=0 | queues is '0'; allowed are 1 to 16",
        "queues=17 | queues is '17'; allowed are 1 to 16",
        "offloads=1 | offloads is '1'; allowed are true and false",
        "fd=-1 | fd is '-1'; allowed are 0 to 2147483647",
        "name=a b | name is 'a b'; allowed are 1 to 63 letters, digits, dots, dashes and"
            + " underscores",
        "ifname=a/b | ifname is 'a/b'; allowed are 1 to 15 bytes without space, slash, colon and %",
        "ifname=tap%d | ifname is 'tap%d'; allowed are 1 to 15 bytes without space, slash, colon"
            + " and %",
        "netns=../x | netns is '../x'; allowed is a name that ip netns lists, without a slash",
        "ifnmae=x | ifnmae is 'x'; the keys are name, ifname, netns, mtu, up, fd, offloads, queues"
      })
  void aBadValueIsRefusedWithKeyValueAndWhatIsAllowed(String setting, String detail) {
    String[] parts = setting.split("=", 2);
    Map<String, String> properties =
        parts[0].equals("name")
            ? Map.of("name", parts[1])
            : Map.of("name", "tap0", parts[0], parts[1]);
    EndpointException refusal =
        assertThrows(EndpointException.class, () -> TapSettings.of(properties));
    assertEquals(EndpointError.INVALID_CONFIGURATION, refusal.error());
    assertEquals("the configuration is not valid: " + detail, refusal.getMessage());
  }

  @Test
  void aDescriptorExcludesNameAndNamespace() {
    EndpointException refusal =
        assertThrows(
            EndpointException.class,
            () -> TapSettings.of(Map.of("name", "tap0", "fd", "7", "ifname", "tap1")));
    assertEquals(
        "the configuration is not valid: ifname is 'tap1'; it is not allowed together with fd",
        refusal.getMessage());
  }

  @Test
  @ContractLine("T14")
  void aLongInterfaceNameIsItsOwnError() {
    EndpointException refusal =
        assertThrows(
            EndpointException.class, () -> TapSettings.of(Map.of("name", "sixteen-letters-")));
    assertEquals(EndpointError.NAME_TOO_LONG, refusal.error());
    assertEquals(
        "the interface name is longer than 15 bytes: ifname is 'sixteen-letters-' with 16 bytes;"
            + " allowed are 1 to 15 (it is the endpoint's name by default)",
        refusal.getMessage());
  }

  @Test
  void withoutANameAnywhereThereIsNoEndpoint() {
    EndpointException refusal =
        assertThrows(
            EndpointException.class,
            () -> TapSettings.of(Map.of("service.pid", "org.patchbay.tap.1234")));
    assertEquals(EndpointError.INVALID_CONFIGURATION, refusal.error());
  }
}
