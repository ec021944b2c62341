package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.TxOffloadSupport;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;
import org.patchbay.linux.Capabilities;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.NetworkNamespace;
import org.patchbay.linux.OpenFiles;
import org.patchbay.linux.Requirements;
import org.patchbay.linux.Tun;

/** Opening an interface in all ways, and each way in which it can fail. */
@Timeout(60)
@DisplayNameGeneration(ContractLineNames.class)
class TapEndpointTest {
  private long descriptorsBefore;
  private TapRig rig;

  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  @BeforeEach
  void open() throws Exception {
    descriptorsBefore = OpenFiles.count();
    rig = TapRig.create();
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    rig.close();
    assertEquals(descriptorsBefore, OpenFiles.count());
  }

  private TapEndpoint open(Map<String, String> configuration) throws EndpointException {
    return TapEndpoint.open(TapSettings.of(configuration));
  }

  private EndpointException refusal(String... keysAndValues) {
    return assertThrows(
        EndpointException.class, () -> open(rig.configuration(keysAndValues)).close());
  }

  private static void assertRefusal(EndpointError error, String detail, EndpointException refusal) {
    assertEquals(error, refusal.error());
    assertEquals(error.sentence() + ": " + detail, refusal.getMessage());
  }

  @Test
  @ContractLine("T13")
  void anInterfaceIsCreatedSetUpAndRemoved() throws Exception {
    try (TapEndpoint endpoint = open(rig.configuration("mtu", "4000"))) {
      assertEquals("tap", endpoint.endpointType());
      String link = rig.namespace.ip("link", "show", "near");
      assertTrue(link.contains("mtu 4000") && link.contains(",UP"), link);
    }
    assertFalse(rig.namespace.ip("link").contains("near"));
    Map<String, String> asItIs = rig.configuration("up", "false", "ifname", "other");
    asItIs.remove("mtu");
    try (TapEndpoint endpoint = open(asItIs)) {
      assertTrue(endpoint.isOrdered());
      String link = rig.namespace.ip("link", "show", "other");
      assertTrue(link.contains("mtu 1500") && !link.contains("UP"), link);
    }
  }

  @Test
  @ContractLine("T13")
  void aPersistentInterfaceIsTakenAndLeftThere() throws Exception {
    rig.namespace.ip("tuntap", "add", "near", "mode", "tap");
    open(rig.configuration()).close();
    assertTrue(rig.namespace.ip("link", "show", "near").contains("mtu 9000"));
  }

  @Test
  @ContractLine("T1")
  void capabilitiesAreThoseOfATap() throws Exception {
    try (TapEndpoint endpoint = open(rig.configuration())) {
      TxOffloadSupport offloads = endpoint.txOffloadSupport();
      assertTrue(offloads.ipv4Header() && offloads.tcp() && offloads.udp() && offloads.tso());
      assertEquals(1, endpoint.multiQueueSupport().maxQueues());
      assertEquals(
          EndpointError.UNSUPPORTED,
          assertThrows(EndpointException.class, () -> endpoint.setDataPathToGuestVf(false))
              .error());
    }
    try (TapEndpoint endpoint = open(rig.configuration("offloads", "false"))) {
      assertEquals(TxOffloadSupport.NONE, endpoint.txOffloadSupport());
    }
  }

  @Test
  @ContractLine("T1")
  void thereIsOneQueueAtATime() throws Exception {
    try (TapEndpoint endpoint = open(rig.configuration())) {
      QueueConfig config = rig.queueConfig();
      assertEquals(
          EndpointError.TOO_MANY_QUEUES,
          assertThrows(
                  EndpointException.class, () -> endpoint.getQueues(List.of(config, config), null))
              .error());
      endpoint.stop();
      Queue queue = endpoint.getQueues(List.of(config), null).getFirst();
      assertEquals(
          EndpointError.BUSY,
          assertThrows(EndpointException.class, () -> endpoint.getQueues(List.of(config), null))
              .error());
      assertThrows(IllegalStateException.class, endpoint::stop);
      queue.close();
      endpoint.stop();
      endpoint.stop();
      rig.queue(endpoint).close();
    }
  }

  @Test
  void aDriverThatCannotWatchLeavesNothingBehind() throws Exception {
    try (TapEndpoint endpoint = open(rig.configuration())) {
      QueueConfig ended = rig.queueConfig();
      rig.queueConfig(); // ends the driver of the one before
      assertEquals(
          EndpointError.CLOSED,
          assertThrows(EndpointException.class, () -> endpoint.getQueues(List.of(ended), null))
              .error());
      rig.queue(endpoint).close();
    }
  }

  @Test
  void aQueueThatIsStillOpenEndsWithItsEndpoint() throws Exception {
    TapEndpoint endpoint = open(rig.configuration());
    Queue queue = rig.queue(endpoint);
    rig.post(queue, 1518, 1);
    endpoint.close();
    assertEquals(Queue.FATAL, queue.rxPoll(rig.buffers, new int[1], 1));
    assertNotNull(queue.failure());
  }

  @Test
  void inspectionShowsTheInterface() throws Exception {
    try (TapEndpoint endpoint = open(rig.configuration("ifname", "shown"))) {
      Queue queue = rig.queue(endpoint);
      InspectNode node = new InspectNode();
      endpoint.inspect(node);
      String text = node.render();
      assertTrue(text.startsWith("type: tap\ninterface: shown\nnamespace: "), text);
      assertTrue(text.contains("queue-0\n  rx-packets: 0\n"), text);
      queue.close();
    }
  }

  @Test
  @ContractLine("T14")
  void anInterfaceHeldByAnotherIsNamed() throws Exception {
    try (TapEndpoint first = open(rig.configuration())) {
      assertTrue(first.isOrdered());
      assertRefusal(
          EndpointError.HELD_BY_ANOTHER,
          "a descriptor is attached to the interface near already (ioctl(TUNSETIFF) failed: the"
              + " object is in use (EBUSY))",
          refusal("name", "second", "ifname", "near"));
    }
  }

  @Test
  @ContractLine("T14")
  void anInterfaceOfAnotherKindIsNamed() throws Exception {
    assertEquals(EndpointError.WRONG_FLAGS, refusal("ifname", "lo").error());
    rig.namespace.ip("tuntap", "add", "many", "mode", "tap", "multi_queue");
    assertRefusal(
        EndpointError.WRONG_FLAGS,
        "the interface many exists and is no TAP, or is one with other flags (multi_queue)"
            + " (ioctl(TUNSETIFF) failed: an argument is not valid here (EINVAL))",
        refusal("ifname", "many"));
  }

  @Test
  @ContractLine("T14")
  void aMissingNamespaceIsNamed() {
    assertRefusal(
        EndpointError.NO_SUCH_NAMESPACE,
        "netns is 'nowhere'; allowed are the names that ip netns lists"
            + " (open(/run/netns/nowhere) failed: there is no such file or object (ENOENT))",
        refusal("netns", "nowhere"));
  }

  @Test
  @ContractLine("T14")
  void aMissingCapabilityIsNamed() throws Exception {
    CompletableFuture<EndpointException> admin = new CompletableFuture<>();
    Thread without =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Capabilities.dropFromThisThread(Capabilities.NET_ADMIN);
                    admin.complete(refusal("name", "denied"));
                  } catch (Throwable thrown) {
                    admin.completeExceptionally(thrown);
                  }
                });
    EndpointException refusal = admin.get(20, TimeUnit.SECONDS);
    without.join();
    assertEquals(EndpointError.NO_PERMISSION, refusal.error());
    assertTrue(
        String.valueOf(refusal.getMessage())
            .startsWith(
                "permission was denied: attaching to denied needs the capability CAP_NET_ADMIN"),
        refusal::toString);
  }

  @Test
  @ContractLine("T13")
  void aPassedDescriptorIsUsedAndStaysTheCallers() throws Exception {
    try (Tun passed = NetworkNamespace.call(rig.namespace.name(), () -> Tun.attach("near"))) {
      String number = String.valueOf(passed.descriptor().value());
      Map<String, String> configuration =
          Map.of("name", "passed", "fd", number, "mtu", "9000", "up", "true");
      try (TapEndpoint endpoint = open(configuration)) {
        rig.namespace.ip("link", "set", "near", "master", "bridge");
        Queue queue = rig.queue(endpoint);
        rig.post(queue, 1518, 1);
        rig.send(Frames.plain(60, 1));
        assertEquals(60, rig.receive(queue, 1).getFirst().frame().length);
        queue.close();
      }
      assertTrue(rig.namespace.ip("link", "show", "near").contains("mtu 9000"));
      assertEquals("near", passed.describe().name());
      open(configuration).close();
    }
  }

  @Test
  @ContractLine({"T13", "T14"})
  void aPassedDescriptorOfAnotherKindIsNamed() throws Exception {
    try (EventFd event = EventFd.open();
        Descriptor unattached = Descriptor.open(Tun.DEVICE, true, false)) {
      for (Descriptor wrong : List.of(event.descriptor(), unattached)) {
        EndpointException refusal = passed(wrong.value());
        assertEquals(EndpointError.WRONG_DESCRIPTOR, refusal.error());
        assertTrue(
            String.valueOf(refusal.getMessage())
                .startsWith(
                    "the descriptor is not of the right kind: fd is '"
                        + wrong.value()
                        + "'; allowed is one that is attached to a TAP interface"),
            refusal::toString);
      }
    }
    EndpointException closed = passed(1_000_000);
    assertEquals(EndpointError.WRONG_DESCRIPTOR, closed.error());
    assertTrue(
        String.valueOf(closed.getMessage()).contains("allowed is a descriptor that is open"),
        closed::toString);
  }

  @Test
  @ContractLine("T2")
  void theHeaderIsMade12BytesLong() throws Exception {
    try (Tun passed = NetworkNamespace.call(rig.namespace.name(), () -> Tun.attach("near"))) {
      passed.setHeaderLength(10);
      String number = String.valueOf(passed.descriptor().value());
      open(Map.of("name", "passed", "fd", number)).close();
      assertEquals(12, passed.headerLength());
    }
  }

  private EndpointException passed(int descriptor) {
    return assertThrows(
        EndpointException.class,
        () -> open(Map.of("name", "passed", "fd", String.valueOf(descriptor))).close());
  }

  @Test
  void anMtuThatTheInterfaceRefusesIsNamed() throws Exception {
    assertEquals(EndpointError.INVALID_CONFIGURATION, refusal("mtu", "65522").error());
    assertFalse(rig.namespace.ip("link").contains("near"), "a refusal leaves no interface");
  }
}
