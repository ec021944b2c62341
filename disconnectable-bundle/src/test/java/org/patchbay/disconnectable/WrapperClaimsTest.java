package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.DelegatingEndpoint;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.EndpointClaims;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.EndpointLease;
import org.patchbay.api.control.SwapReason;
import org.patchbay.conformance.ContractLine;

/** Middleware, whose endpoint is around another one that nobody else may have meanwhile. */
@Timeout(60)
class WrapperClaimsTest extends NicFixture {

  private Bundle vendor;
  private EndpointClaims claims;
  private TestEndpoint tap;
  private ServiceRegistration<Endpoint> tapService;

  @BeforeEach
  void middleware() throws Exception {
    vendor = felix.bundle("org.example.middleware");
    claims = claims(vendor);
    tap = new TestEndpoint("tap0");
    tapService = felix.register(tap);
  }

  private static EndpointClaims claims(Bundle bundle) {
    BundleContext context = bundle.getBundleContext();
    return context.getService(context.getServiceReference(EndpointClaims.class));
  }

  /** An endpoint around another, as a well-behaved middleware has it. */
  private final class Wrapper {
    final String name;
    final EndpointLease lease;
    final AtomicInteger told = new AtomicInteger();
    final CountDownLatch registered = new CountDownLatch(1);
    volatile @Nullable ServiceRegistration<Endpoint> registration;

    Wrapper(String name, String around) throws Exception {
      this.name = name;
      lease = claims.claim(around, name, this::leaving);
      registration =
          vendor
              .getBundleContext()
              .registerService(
                  Endpoint.class,
                  new DelegatingEndpoint(lease.endpoint()) {},
                  FelixFixture.properties(name, 0));
      registered.countDown();
    }

    private void leaving() {
      told.incrementAndGet();
      close();
    }

    void close() {
      ServiceRegistration<Endpoint> present = registration;
      if (present != null) {
        registration = null;
        present.unregister();
      }
      lease.close();
    }
  }

  private EndpointException refused(String around, String holder) {
    return assertThrows(
        EndpointException.class, () -> claims.claim(around, holder, () -> {}), around);
  }

  private List<String> users(String endpoint) {
    return felix.service.endpoints().stream()
        .filter(info -> info.name().equals(endpoint))
        .map(EndpointInfo::usedBy)
        .findFirst()
        .orElseThrow();
  }

  private static int uses(ServiceReference<?> reference) {
    Bundle[] using = reference.getUsingBundles();
    return using == null ? 0 : using.length;
  }

  @Test
  @ContractLine("D13")
  void whatAWrapperHoldsNoNicAndNoOtherWrapperGets() throws Exception {
    Wrapper wrapper = new Wrapper("slow0", "tap0");
    EndpointException refused = Waiting.failure(control.plug("tap0"));
    assertEquals(EndpointError.CLAIMED, refused.error());
    assertTrue(refused.getMessage().contains("held by endpoint slow0"), refused.getMessage());
    assertEquals(EndpointError.CLAIMED, refused("tap0", "other").error());
    assertEquals(EndpointError.CLAIMED, refused("tap0", "slow0").error());
    assertEquals(List.of("endpoint slow0"), users("tap0"));
    Waiting.swap(control.plug("slow0"));
    assertEquals(List.of("nic0"), users("slow0"));
    traffic();
    assertTrue(tap.calls.get() > 0);
    wrapper.close();
    Waiting.until("the fallback", () -> control.current().isEmpty());
    assertEquals(List.of("open", "close", "stop"), tap.log);
    assertEquals(List.of(), users("tap0"));
    assertEquals(0, uses(tapService.getReference()));
    Waiting.swap(control.plug("tap0"));
    traffic();
  }

  @Test
  @ContractLine("D13")
  void whatANicHoldsNoWrapperGets() throws Exception {
    Waiting.swap(control.plug("tap0"));
    EndpointException refused = refused("tap0", "slow0");
    assertEquals(EndpointError.CLAIMED, refused.error());
    assertTrue(refused.getMessage().contains("plugged to NIC nic0"), refused.getMessage());
    assertEquals(List.of("nic0"), users("tap0"));
    Waiting.swap(control.unplug());
    Waiting.until("given back", () -> users("tap0").isEmpty());
    new Wrapper("slow0", "tap0");
  }

  @Test
  @ContractLine({"D14", "D15"})
  void aWrapperLeavesWithWhatItIsAround() throws Exception {
    Wrapper inner = new Wrapper("inner", "tap0");
    Wrapper outer = new Wrapper("outer", "inner");
    Waiting.swap(control.plug("outer"));
    traffic();
    long began = System.nanoTime();
    tapService.unregister();
    assertTrue(System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(1900));
    // All of it has happened when the unregistration returns.
    assertEquals(Optional.empty(), control.current());
    Waiting.until("its record", () -> control.records().getLast().reason() == SwapReason.LEFT);
    assertEquals(List.of("open", "close", "stop"), tap.log);
    assertEquals(1, inner.told.get());
    assertEquals(1, outer.told.get());
    assertThrows(IllegalStateException.class, () -> inner.lease.endpoint().endpointType());
    traffic();
  }

  @Test
  void aWrapperAroundOneThatUnregistersItselfInMidCallLeavesToo() throws Exception {
    Wrapper wrapper = new Wrapper("slow0", "tap0");
    Waiting.swap(control.plug("slow0"));
    traffic();
    AtomicInteger once = new AtomicInteger();
    tap.hook =
        at -> {
          if (at.equals("txPoll") && once.getAndIncrement() == 0) {
            long began = System.nanoTime();
            tapService.unregister();
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1));
          }
        };
    Waiting.until("the fallback", () -> control.current().isEmpty());
    Waiting.until("it has let go", () -> wrapper.told.get() == 1);
    Waiting.until("it is stopped", () -> tap.log.equals(List.of("open", "close", "stop")));
    traffic();
  }

  @Test
  @ContractLine("D14")
  void oneThatDoesNotLetGoIsCutOffAndUnplugged() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    EndpointLease lease =
        claims.claim(
            "tap0",
            "stubborn",
            () -> {
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    felix.register(
        new TestEndpoint("stubborn") {
          @Override
          public boolean isOrdered() {
            return lease.endpoint().isOrdered();
          }
        });
    Waiting.swap(control.plug("stubborn"));
    long began = System.nanoTime();
    tapService.unregister();
    long took = System.nanoTime() - began;
    assertTrue(took < TimeUnit.SECONDS.toNanos(3), took + " ns");
    Waiting.until("the fallback", () -> control.current().isEmpty());
    Waiting.until(
        "its record",
        () ->
            "endpoint tap0, which it is around, left service"
                .equals(control.records().getLast().failure()));
    assertThrows(IllegalStateException.class, () -> lease.endpoint().isOrdered());
    release.countDown();
    lease.close();
    traffic();
  }

  @Test
  @ContractLine("D15")
  void ringsAreRefused() throws Exception {
    felix.register(new TestEndpoint("a"));
    felix.register(new TestEndpoint("b"));
    felix.register(new TestEndpoint("c"));
    assertEquals(EndpointError.INVALID_CONFIGURATION, refused("a", "a").error());
    EndpointLease first = claims.claim("b", "a", () -> {});
    EndpointLease second = claims.claim("c", "b", () -> {});
    EndpointException ring = refused("a", "c");
    assertEquals(EndpointError.INVALID_CONFIGURATION, ring.error());
    assertTrue(
        ring.getMessage()
            .contains("endpoint c can't be around a, which is around b, which is around c"),
        ring.getMessage());
    assertEquals(List.of(), users("a"));
    second.close();
    claims.claim("a", "c", () -> {}).close();
    first.close();
    assertEquals(List.of(), users("b"));
  }

  @Test
  void badNamesAreRefusedBySentences() {
    EndpointException unknown = refused("nowhere", "slow0");
    assertEquals(EndpointError.NO_SUCH_ENDPOINT, unknown.error());
    assertTrue(unknown.getMessage().contains("there are tap0"), unknown.getMessage());
    for (String bad : List.of("", "a b", "a\nb", "x".repeat(1 << 20))) {
      EndpointException refused = refused("tap0", bad);
      assertEquals(EndpointError.INVALID_CONFIGURATION, refused.error());
      assertTrue(refused.getMessage().length() < 400, "bounded");
      assertTrue(refused.getMessage().lines().count() == 1, "one line");
    }
    assertEquals(List.of(), users("tap0"));
    assertEquals(0, uses(tapService.getReference()));
  }

  @Test
  @ContractLine("D14")
  void aBundleThatStopsWithoutClosingLosesItsLeases() throws Exception {
    Wrapper wrapper = new Wrapper("slow0", "tap0");
    Waiting.swap(control.plug("slow0"));
    vendor.stop();
    Waiting.until("given back", () -> users("tap0").isEmpty());
    Waiting.until("ungotten", () -> uses(tapService.getReference()) == 0);
    assertThrows(IllegalStateException.class, () -> wrapper.lease.endpoint().isOrdered());
    assertEquals(0, wrapper.told.get());
    EndpointException refused = refused("tap0", "slow0");
    assertEquals(EndpointError.CLOSED, refused.error());
    assertEquals(List.of(), users("tap0"));
    vendor.start();
    claims = claims(vendor);
    new Wrapper("slow0", "tap0");
  }

  @Test
  void aPrototypeGivesEachWrapperAnInstance() throws Exception {
    List<TestEndpoint> instances = new ArrayList<>();
    ServiceRegistration<?> service = felix.registerPrototype("loopback", instances);
    EndpointLease first = claims.claim("loopback", "a", () -> {});
    EndpointLease second = claims.claim("loopback", "b", () -> {});
    Waiting.swap(control.plug("loopback"));
    assertEquals(3, instances.size());
    assertEquals(List.of("endpoint a", "endpoint b", "nic0"), users("loopback"));
    first.close();
    first.close();
    second.close();
    assertEquals(List.of("unget"), instances.getFirst().log);
    assertEquals(List.of("nic0"), users("loopback"));
    assertNotNull(service.getReference().getUsingBundles());
    Waiting.swap(control.unplug());
    Waiting.until("ungotten", () -> uses(service.getReference()) == 0);
  }

  @Test
  void aNicThatWaitsForTheEndpointGetsItWhenTheWrapperGoes() throws Exception {
    EndpointLease lease = claims.claim("tap0", "slow0", () -> {});
    FelixFixture.Running waiting = felix.nic("nic1", "tap0", null, false);
    assertEquals(Optional.empty(), waiting.control().current());
    lease.close();
    Waiting.until("plugged", () -> waiting.control().current().equals(Optional.of("tap0")));
    assertNull(waiting.engine().crash);
  }
}
