package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.NicSettings;
import org.patchbay.api.control.Swap;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;
import org.patchbay.conformance.ContractLine;
import org.patchbay.conformance.junit.ContractLineNames;

/** Plugging and unplugging services and objects under traffic, against a real framework. */
@Timeout(30)
@DisplayNameGeneration(ContractLineNames.class)
class SwapTest extends NicFixture {

  @Test
  @ContractLine("D1")
  void plugsAServiceByNameAndTellsTheRecord() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    felix.register(tap);
    Swap swap = Waiting.swap(control.plug("tap0"));
    assertEquals("-", swap.record().from());
    assertEquals("tap0", swap.record().to());
    assertEquals(SwapReason.PLUGGED, swap.record().reason());
    assertNull(swap.record().failure());
    assertNull(swap.released());
    assertEquals(Optional.of("tap0"), control.current());
    assertEquals(Optional.of("tap0"), control.wanted());
    assertEquals("test", control.currentType());
    traffic();
    assertEquals(1, tap.opens.get());
    assertEquals(List.of("nic0"), felix.service.endpoints().getFirst().usedBy());
  }

  @Test
  @ContractLine("D11")
  void swapsAPluggedOneAndStopsTheOldOnceAfterItsQueuesClosed() throws Exception {
    TestEndpoint first = new TestEndpoint("tap1");
    TestEndpoint second = new TestEndpoint("tap2");
    ServiceRegistration<Endpoint> registration = felix.register(first);
    felix.register(second);
    Waiting.swap(control.plug("tap1"));
    traffic();
    Swap swap = Waiting.swap(control.plug("tap2"));
    traffic();
    assertEquals(List.of("open", "close", "stop"), first.log);
    assertEquals(List.of("open"), second.log);
    assertEquals("tap1", swap.record().from());
    assertEquals("tap2", swap.record().to());
    assertTrue(swap.record().switchNanos() > 0);
    Waiting.until(
        "the blackout becomes known", () -> control.records().getLast().blackoutNanos() > 0);
    Waiting.until("the old service is given back", () -> !uses(registration));
    assertEquals(0, first.queues.getFirst().callsAfterClose);
  }

  private boolean uses(ServiceRegistration<?> registration) {
    return registration.getReference().getUsingBundles() != null;
  }

  @Test
  @ContractLine("D6")
  void unplugGoesToTheFallbackAndKeepsTheCachedCapabilities() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    tap.speed = 77;
    felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    Swap swap = Waiting.swap(control.unplug());
    assertEquals("tap0", swap.record().from());
    assertEquals("-", swap.record().to());
    assertEquals(SwapReason.UNPLUGGED, swap.record().reason());
    assertEquals(Optional.empty(), control.wanted());
    assertEquals(Optional.empty(), control.current());
    assertEquals("null", control.currentType());
    assertEquals(77, nic.disconnectable().endpoint().linkSpeed());
    assertEquals(List.of("open", "close", "stop"), tap.log);
    assertTrue(nic.disconnectable().endpoint().isFallback());
  }

  @Test
  @ContractLine("D5")
  void unplugWithNothingPluggedRestartsAndAnswersNone() throws Exception {
    Waiting.until("the engine runs", () -> nic.engine().restarts.get() == 1);
    long before = nic.engine().restarts.get();
    Swap swap = Waiting.swap(control.unplug());
    assertNull(swap.released());
    assertEquals(before + 1, nic.engine().restarts.get());
  }

  @Test
  @ContractLine("D4")
  void connectedObjectComesBackStopped() throws Exception {
    TestEndpoint first = new TestEndpoint("a");
    TestEndpoint second = new TestEndpoint("b");
    assertNull(Waiting.swap(control.connect("a", first)).released());
    Swap swap = Waiting.swap(control.connect("b", second));
    assertSame(first, swap.released());
    assertEquals(List.of("open", "close", "stop"), first.log);
    assertSame(second, Waiting.swap(control.unplug()).released());
    assertEquals(List.of("open", "close", "stop"), second.log);
  }

  @Test
  void refusesAnUnknownNameAndListsTheNames() throws Exception {
    felix.register(new TestEndpoint("tap1"));
    felix.register(new TestEndpoint("tap0"));
    Waiting.swap(control.plug("tap1"));
    EndpointException refused = Waiting.failure(control.plug("tap9"));
    assertEquals(EndpointError.NO_SUCH_ENDPOINT, refused.error());
    assertTrue(refused.getMessage().contains("tap0, tap1"), refused.getMessage());
    assertEquals(Optional.of("tap1"), control.current());
    assertEquals(Optional.of("tap1"), control.wanted());
  }

  @Test
  void refusesASecondPlugOfAServiceWithTheHoldersName() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    felix.register(tap);
    FelixFixture.Running other = felix.nic("nic1");
    Waiting.swap(control.plug("tap0"));
    EndpointException refused = Waiting.failure(other.control().plug("tap0"));
    assertEquals(EndpointError.CLAIMED, refused.error());
    assertTrue(refused.getMessage().contains("nic0"), refused.getMessage());
    Waiting.swap(control.unplug());
    Waiting.swap(other.control().plug("tap0"));
    assertEquals(List.of("nic1"), felix.service.endpoints().getFirst().usedBy());
  }

  @Test
  void givesEachPlugOfAPrototypeItsOwnInstance() throws Exception {
    List<TestEndpoint> instances = new ArrayList<>();
    felix.registerPrototype("loopback", instances);
    FelixFixture.Running other = felix.nic("nic1");
    Waiting.swap(control.plug("loopback"));
    Waiting.swap(other.control().plug("loopback"));
    Waiting.swap(control.plug("loopback"));
    assertEquals(3, instances.size());
    assertEquals(List.of("nic0", "nic1"), felix.service.endpoints().getFirst().usedBy());
    Waiting.until(
        "the first is given back, after its stop",
        () -> instances.get(0).log.equals(List.of("open", "close", "stop", "unget")));
    assertEquals(List.of("open"), instances.get(1).log);
    assertEquals(List.of("open"), instances.get(2).log);
  }

  @Test
  void plugsTheSameServiceAgain() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    Waiting.swap(control.plug("tap0"));
    traffic();
    assertEquals(List.of("open", "close", "stop", "open"), tap.log);
    assertEquals(List.of("nic0"), felix.service.endpoints().getFirst().usedBy());
  }

  @Test
  void refusesAnEndpointWithoutOrderWhereTheGuestNeedsIt() throws Exception {
    FelixFixture.Running strict =
        felix.nic(new NicSettings("strict", null, null, false, false, true));
    TestEndpoint good = new TestEndpoint("good");
    TestEndpoint bad = new TestEndpoint("bad");
    bad.ordered = false;
    felix.register(good);
    ServiceRegistration<Endpoint> registration = felix.register(bad);
    Waiting.swap(strict.control().plug("good"));
    EndpointException refused = Waiting.failure(strict.control().plug("bad"));
    assertEquals(EndpointError.INCOMPATIBLE, refused.error());
    assertEquals(Optional.of("good"), strict.control().current());
    assertEquals(Optional.of("good"), strict.control().wanted());
    assertFalse(uses(registration));
    assertEquals(List.of(), bad.log);
    Waiting.swap(control.plug("bad"));
  }

  @Test
  void appliesRequestsInTheirOrder() throws Exception {
    felix.register(new TestEndpoint("a"));
    felix.register(new TestEndpoint("b"));
    List<CompletionStage<Swap>> stages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      stages.add(control.plug(i % 2 == 0 ? "a" : "b"));
    }
    stages.add(control.unplug());
    for (CompletionStage<Swap> stage : stages) {
      Waiting.swap(stage);
    }
    List<SwapRecord> records = control.records();
    assertEquals(21, records.size());
    for (int i = 0; i < 20; i++) {
      assertEquals(i % 2 == 0 ? "a" : "b", records.get(i).to());
      assertEquals(i + 1, records.get(i).generation());
    }
    assertEquals(Optional.empty(), control.current());
  }

  @Test
  void refusesATakenNameAndAFilterThatIsNone() {
    EndpointException taken = thrown(NicSettings.of("nic0"));
    assertEquals(EndpointError.NAME_TAKEN, taken.error());
    EndpointException filter =
        thrown(new NicSettings("nic7", null, "type=tap", false, false, false));
    assertEquals(EndpointError.INVALID_CONFIGURATION, filter.error());
    assertTrue(filter.getMessage().contains("type=tap"), filter.getMessage());
  }

  private EndpointException thrown(NicSettings settings) {
    return org.junit.jupiter.api.Assertions.assertThrows(
        EndpointException.class, () -> felix.service.create(settings));
  }

  @Test
  void registersTheControlUnderTheNicsName() throws Exception {
    String filter = "(patchbay.nic.name=nic0)";
    assertEquals(1, felix.context.getServiceReferences(DisconnectableControl.class, filter).size());
    nic.engine().close();
    nic.disconnectable().close();
    assertEquals(0, felix.context.getServiceReferences(DisconnectableControl.class, filter).size());
    assertEquals(EndpointError.CLOSED, Waiting.failure(control.plug("x")).error());
    assertEquals(EndpointError.CLOSED, Waiting.failure(control.unplug()).error());
  }
}
