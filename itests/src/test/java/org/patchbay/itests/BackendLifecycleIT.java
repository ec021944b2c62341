package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** The plugged backend's bundle goes, changes and returns while frames flow. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class BackendLifecycleIT {

  private static final String NIC = "nic0";
  private static final String WANTED = "loopback";

  @Inject private BundleContext context;
  private Rig rig;
  private Nic nic;

  @Configuration
  public Option[] platform() {
    return Bundles.platform();
  }

  @Before
  public void plugAProbe() throws Exception {
    rig = new Rig(context);
    rig.probe(NIC, Map.of("plug", WANTED, "rate", 5000));
    nic = rig.nic(NIC);
    rig.awaitCurrent(NIC, WANTED);
    rig.awaitReceives(NIC);
    Await.until("the plug is on record", () -> !rig.control(NIC).records().isEmpty());
  }

  @After
  public void endTheProbe() throws Exception {
    rig.close();
    Await.until("the NIC is gone", () -> rig.findNic(NIC) == null);
    Await.value(
        "threads have ended",
        Rig::threads,
        threads -> threads.stream().noneMatch(thread -> thread.contains(NIC)));
  }

  /** The NIC is the one that it was, on the wanted endpoint, receives, and misses no id. */
  private void assertSurvived() throws Exception {
    rig.awaitCurrent(NIC, WANTED);
    rig.awaitReceives(NIC);
    assertSame("the NIC's service was never exchanged", nic, rig.findNic(NIC));
    assertEquals(Optional.of(WANTED), rig.control(NIC).wanted());
    NicStatistics statistics = nic.statistics();
    assertEquals("ids outstanding", 0, statistics.idsOutstanding());
    assertEquals("refused ids", 0, statistics.refusedIds());
    assertEquals("duplicates", 0, rig.inspected(NIC, "duplicates"));
    assertEquals("corrupt", 0, rig.inspected(NIC, "corrupt"));
    assertEquals("foreign", 0, rig.inspected(NIC, "foreign"));
  }

  /** Waits until the records since a number of them have these reasons. */
  private void awaitReasons(int since, SwapReason... reasons) throws Exception {
    Await.value(
        "the records tell " + List.of(reasons),
        () -> {
          List<SwapRecord> records = rig.control(NIC).records();
          return records.subList(since, records.size()).stream().map(SwapRecord::reason).toList();
        },
        List.of(reasons)::equals);
  }

  @Test
  public void stopAndStart() throws Exception {
    int records = rig.control(NIC).records().size();
    Bundle loopback = rig.bundle(Rig.LOOPBACK);
    loopback.stop();
    rig.awaitCurrent(NIC, "");
    rig.awaitSends(NIC);
    assertEquals(Optional.of(WANTED), rig.control(NIC).wanted());
    loopback.start();
    assertSurvived();
    awaitReasons(records, SwapReason.LEFT, SwapReason.RETURNED);
  }

  @Test
  public void update() throws Exception {
    Bundle loopback = rig.bundle(Rig.LOOPBACK);
    BundleWiring before = loopback.adapt(BundleWiring.class);
    int records = rig.control(NIC).records().size();
    Rig.update(loopback, "loopback-bundle");
    assertSurvived();
    assertNotSame(before, loopback.adapt(BundleWiring.class));
    awaitReasons(records, SwapReason.LEFT, SwapReason.RETURNED);
  }

  @Test
  public void refresh() throws Exception {
    int records = rig.control(NIC).records().size();
    rig.refresh(rig.bundle(Rig.LOOPBACK));
    assertSurvived();
    awaitReasons(records, SwapReason.LEFT, SwapReason.RETURNED);
  }

  @Test
  public void uninstallAndInstall() throws Exception {
    Bundle loopback = rig.bundle(Rig.LOOPBACK);
    String location = loopback.getLocation();
    loopback.uninstall();
    rig.awaitCurrent(NIC, "");
    rig.awaitSends(NIC);
    context.installBundle(location).start();
    assertSurvived();
  }

  @Test
  public void substituteServesAndTheWantedOneTakesOverFromItIfItMay() throws Exception {
    String other = "nic1";
    rig.probe(
        other,
        Map.of("plug", WANTED, "failover", "(patchbay.endpoint.type=null)", "failback", true));
    rig.awaitCurrent(other, WANTED);
    Bundle loopback = rig.bundle(Rig.LOOPBACK);
    loopback.stop();
    rig.awaitCurrent(other, "null");
    rig.awaitCurrent(NIC, "");
    loopback.start();
    rig.awaitCurrent(other, WANTED);
    assertSurvived();
    assertEquals("ids outstanding", 0, rig.nic(other).statistics().idsOutstanding());
  }

  @Test
  public void substituteStaysUnlessItMayBeReplaced() throws Exception {
    String other = "nic1";
    rig.probe(other, Map.of("plug", WANTED, "failover", "(patchbay.endpoint.type=null)"));
    rig.awaitCurrent(other, WANTED);
    Bundle loopback = rig.bundle(Rig.LOOPBACK);
    loopback.stop();
    rig.awaitCurrent(other, "null");
    loopback.start();
    assertSurvived();
    assertEquals(Optional.of("null"), rig.control(other).current());
    rig.plug(other, WANTED);
    rig.awaitReceives(other);
  }

  @Test
  public void fallbackServesWithoutTheNullBundle() throws Exception {
    Bundle nullBundle = rig.bundle(Rig.NULL);
    String location = nullBundle.getLocation();
    nullBundle.uninstall();
    try {
      rig.control(NIC).unplug().toCompletableFuture().join();
      rig.awaitSends(NIC);
      long dropped = nic.statistics().txDropped();
      Await.until("what is sent is dropped", () -> nic.statistics().txDropped() > dropped);
      rig.plug(NIC, WANTED);
      assertSurvived();
    } finally {
      context.installBundle(location).start();
    }
  }

  @Test
  public void updateInPlaceLosesNothingWhileHeld() throws Exception {
    String held = "nic2";
    rig.probe(held, Map.of("plug", WANTED, "rate", 2000, "hold", 20_000));
    rig.awaitReceives(held);
    // Before its first plug a NIC drops: nothing has left that it could wait for.
    long dropped = rig.nic(held).statistics().txDropped();
    long lost = rig.inspected(held, "lost");
    for (int i = 0; i < 5; i++) {
      Rig.update(rig.bundle(Rig.LOOPBACK), "loopback-bundle");
      rig.awaitCurrent(held, WANTED);
      rig.awaitReceives(held);
    }
    assertEquals("frames lost", lost, rig.inspected(held, "lost"));
    assertEquals("frames dropped", dropped, rig.nic(held).statistics().txDropped());
    assertEquals("ids outstanding", 0, rig.nic(held).statistics().idsOutstanding());
  }

  @Test
  public void updateOfABackendTouchesNoOtherBundle() throws Exception {
    Map<Bundle, BundleWiring> before = new HashMap<>();
    for (Bundle bundle : context.getBundles()) {
      before.put(bundle, bundle.adapt(BundleWiring.class));
    }
    for (String backend : List.of("tap", "loopback")) {
      Bundle updated = rig.bundle("org.patchbay." + backend);
      Rig.update(updated, backend + "-bundle");
      rig.refresh(updated);
      before.remove(updated);
    }
    before.forEach(
        (bundle, wiring) -> {
          assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
          assertSame(bundle.getSymbolicName(), wiring, bundle.adapt(BundleWiring.class));
          assertTrue(bundle.getSymbolicName(), wiring.isCurrent());
        });
    assertSurvived();
  }
}
