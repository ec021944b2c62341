package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** Backends that leave, with and without good manners, under traffic. */
@Timeout(60)
class LeavingTest extends NicFixture {

  private SwapRecord record(SwapReason reason) {
    Waiting.until(
        "a record of " + reason,
        () -> control.records().stream().anyMatch(r -> r.reason() == reason));
    return control.records().stream().filter(r -> r.reason() == reason).findFirst().orElseThrow();
  }

  private List<String> abandoned() {
    InspectNode node = new InspectNode();
    control.inspect(node);
    String text = node.render();
    return text.substring(text.indexOf("abandoned\n") + 10).lines().toList();
  }

  @Test
  void drainsBeforeTheUnregistrationReturns() throws Exception {
    Bundle vendor = felix.bundle("org.example.vendor");
    TestEndpoint tap = new TestEndpoint("tap0");
    felix.register(vendor.getBundleContext(), tap, 0);
    Waiting.swap(control.plug("tap0"));
    traffic();
    vendor.stop();
    assertEquals(List.of("open", "close", "stop"), tap.log);
    int calls = tap.calls.get();
    traffic();
    assertEquals(calls, tap.calls.get());
    SwapRecord left = record(SwapReason.LEFT);
    assertEquals("tap0", left.from());
    assertEquals("-", left.to());
    assertEquals(Optional.of("tap0"), control.wanted());
    assertEquals(List.of(), abandoned());
    assertEquals(0, tap.waits.get());
  }

  @Test
  void nothingOfTheServiceIsHeldWhenTheUnregistrationReturns() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    AtomicBoolean heldByUs = new AtomicBoolean(true);
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    // Added later, so called after ours.
    felix.context.addServiceListener(
        event -> heldByUs.set(event.getServiceReference().getUsingBundles() != null),
        "(patchbay.endpoint.name=tap0)");
    registration.unregister();
    assertFalse(heldByUs.get());
  }

  @Test
  void aPrototypeThatLeavesIsDrainedFromEveryNic() throws Exception {
    FelixFixture.Running other = felix.nic("nic1");
    List<TestEndpoint> instances = new ArrayList<>();
    ServiceRegistration<?> registration = felix.registerPrototype("loopback", instances);
    Waiting.swap(control.plug("loopback"));
    Waiting.swap(other.control().plug("loopback"));
    traffic();
    registration.unregister();
    for (TestEndpoint instance : instances) {
      assertEquals(List.of("open", "close", "stop", "unget"), instance.log);
    }
    Waiting.until("both on the fallback", () -> other.control().current().isEmpty());
    assertEquals(Optional.empty(), control.current());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rxAvail", "rxPoll", "txAvail", "txPoll"})
  void mayUnregisterItselfWithinACallOfItsQueue(String call) throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    AtomicBoolean once = new AtomicBoolean();
    AtomicBoolean quick = new AtomicBoolean();
    Waiting.swap(control.plug("tap0"));
    traffic();
    tap.hook =
        at -> {
          if (at.equals(call) && once.compareAndSet(false, true)) {
            long began = System.nanoTime();
            registration.unregister();
            quick.set(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1));
          }
        };
    assertEquals("-", record(SwapReason.LEFT).to());
    assertTrue(quick.get());
    Waiting.until("it is stopped", () -> tap.log.equals(List.of("open", "close", "stop")));
    assertEquals(List.of(), abandoned());
    traffic();
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "stop", "getQueues", "wait"})
  void mayUnregisterItselfWithinAControlCall(String call) throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    TestEndpoint next = new TestEndpoint("tap1");
    felix.register(next);
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    AtomicBoolean once = new AtomicBoolean();
    AtomicBoolean quick = new AtomicBoolean();
    tap.hook =
        at -> {
          if (at.equals(call) && once.compareAndSet(false, true)) {
            long began = System.nanoTime();
            registration.unregister();
            quick.set(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1));
          }
        };
    var first = control.plug("tap0");
    if (call.equals("wait")) {
      Waiting.swap(first);
      Waiting.until("it waits and leaves", once::get);
    }
    Waiting.swap(control.plug("tap1"));
    Waiting.until("it left", () -> once.get() && quick.get());
    Waiting.until("it is stopped", () -> tap.log.equals(List.of("open", "close", "stop")));
    traffic();
    assertEquals(Optional.of("tap1"), control.current());
    assertEquals(List.of(), abandoned());
  }

  @Test
  void aBlockedCallDelaysTheUnregistrationAtMostTwoSeconds() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    traffic();
    CountDownLatch inside = new CountDownLatch(1);
    AtomicBoolean release = new AtomicBoolean();
    tap.hook =
        at -> {
          if (at.equals("rxPoll")) {
            inside.countDown();
            while (!release.get()) { // ignores interrupts
              LockSupport.parkNanos(1_000_000);
              Thread.interrupted();
            }
          }
        };
    inside.await();
    long began = System.nanoTime();
    registration.unregister();
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    assertTrue(took >= 1500 && took < 2800, took + " ms");
    traffic();
    assertEquals(Optional.empty(), control.current());
    assertEquals(1, abandoned().size(), abandoned().toString());
    assertTrue(abandoned().getFirst().contains("tap0"), abandoned().toString());
    int calls = tap.calls.get();
    release.set(true);
    traffic();
    assertEquals(calls, tap.calls.get());
    assertEquals(List.of("open"), tap.log);
  }

  @Test
  void aBlockedCallThatHeedsItsInterruptIsNotAbandoned() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    tap.hook =
        at -> {
          if (at.equals("stop")) {
            new CountDownLatch(1).await();
          }
        };
    // Interrupted after two seconds; its exception ends the stop.
    Waiting.swap(control.unplug());
    assertEquals(List.of("open", "close"), tap.log);
    assertEquals(List.of(), abandoned());
    traffic();
    registration.unregister();
  }

  @Test
  void aWaitThatIgnoresItsInterruptIsAbandonedAndRecorded() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    AtomicBoolean release = new AtomicBoolean();
    tap.hook =
        at -> {
          if (at.equals("wait")) {
            while (!release.get()) {
              LockSupport.parkNanos(1_000_000);
              Thread.interrupted();
            }
            throw new InterruptedException();
          }
        };
    felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    Waiting.until("it waits", () -> tap.waits.get() == 1);
    Waiting.swap(control.unplug());
    Waiting.until("it is abandoned", () -> abandoned().size() == 1);
    release.set(true);
    Waiting.until("the thread ends", () -> tap.waits.get() == 0);
  }

  @Test
  void aPlugThatWaitsForItsTurnIsRefusedWhenItsServiceLeaves() throws Exception {
    TestEndpoint slow = new TestEndpoint("slow");
    TestEndpoint tap = new TestEndpoint("tap0");
    CountDownLatch open = new CountDownLatch(1);
    CountDownLatch inside = new CountDownLatch(1);
    slow.hook =
        at -> {
          if (at.equals("getQueues")) {
            inside.countDown();
            open.await();
          }
        };
    felix.register(slow);
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    var first = control.plug("slow");
    inside.await();
    var second = control.plug("tap0");
    long began = System.nanoTime();
    registration.unregister();
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1));
    open.countDown();
    Waiting.swap(first);
    assertEquals(EndpointError.GONE, Waiting.failure(second).error());
    assertEquals(Optional.of("slow"), control.current());
    assertEquals(List.of(), tap.log);
  }

  @Test
  void closingTheBundleUnderARunningEngineLetsGoOfTheEndpoint() throws Exception {
    TestEndpoint tap = new TestEndpoint("tap0");
    ServiceRegistration<Endpoint> registration = felix.register(tap);
    Waiting.swap(control.plug("tap0"));
    traffic();
    long began = System.nanoTime();
    felix.service.deactivate();
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(3));
    assertEquals(List.of("open", "close", "stop"), tap.log);
    traffic();
    registration.unregister();
  }
}
