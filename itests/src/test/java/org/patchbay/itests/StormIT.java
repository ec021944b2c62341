package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.NicStatistics;

/** Ten threads start, stop, update, plug and unplug whatever they get hold of, for 30 seconds. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class StormIT {

  private static final Duration STORM = Duration.ofSeconds(30);
  private static final int THREADS = 10;
  private static final List<String> NICS = List.of("nic0", "nic1");
  private static final Map<String, String> BACKENDS =
      Map.of(Rig.LOOPBACK, "loopback-bundle", Rig.NULL, "null-bundle", Rig.TAP, "tap-bundle");

  @Inject private BundleContext context;
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong actions = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  @Configuration
  public Option[] platform() {
    return Bundles.platform();
  }

  @Test
  public void endsInOrder() throws Exception {
    if (Namespace.isPossible()) {
      try (Namespace namespace = Namespace.open("storm")) {
        stormAndCalm(Map.of("ifname", "tapS", "netns", namespace.name(), "up", true));
        assertEquals("the TAP is gone", "", namespace.link("tapS"));
      }
    } else {
      System.out.println("The storm goes without a TAP, which needs root.");
      stormAndCalm(Map.of());
    }
  }

  private void stormAndCalm(Map<String, ?> tap) throws Exception {
    int descriptorsBefore;
    List<String> threadsBefore = Rig.threads();
    try (Rig rig = new Rig(context)) {
      for (String nic : NICS) {
        rig.probe(nic, Map.of("plug", "loopback", "rate", 3000, "window", 64));
        rig.awaitReceives(nic);
      }
      if (!tap.isEmpty()) {
        rig.configure(Rig.TAP, "tap0", tap);
        Await.until("the TAP is there", () -> rig.endpoint("tap0") != null);
      }
      int descriptors = Rig.descriptors();
      List<String> threads = Rig.threads();
      descriptorsBefore = descriptors;
      storm(rig);
      calm(rig);
      if (!tap.isEmpty()) {
        Await.until("the TAP is there", () -> rig.endpoint("tap0") != null);
        rig.control(NICS.getLast()).unplug().toCompletableFuture().join();
        rig.plug(NICS.getFirst(), "tap0");
        rig.awaitSends(NICS.getFirst());
      }
      for (String nic : NICS) {
        rig.plug(nic, "loopback");
        rig.awaitReceives(nic);
        NicStatistics statistics = rig.nic(nic).statistics();
        assertEquals(nic + ": ids outstanding", 0, statistics.idsOutstanding());
        assertEquals(nic + ": refused ids", 0, statistics.refusedIds());
        assertEquals(nic + ": duplicates", 0, rig.inspected(nic, "duplicates"));
        assertEquals(nic + ": corrupt", 0, rig.inspected(nic, "corrupt"));
        assertTrue(nic + ": swaps", statistics.swaps() > 100);
      }
      Await.value(
          "no other thread is left than " + threads,
          Rig::threads,
          now -> now.size() <= threads.size());
      Await.value("no descriptor is left", Rig::descriptors, now -> now <= descriptors);
    }
    Await.value(
        "the NICs' threads have ended", Rig::threads, now -> now.size() <= threadsBefore.size());
    Await.value(
        "the NICs' descriptors are closed", Rig::descriptors, now -> now < descriptorsBefore);
  }

  private void storm(Rig rig) throws Exception {
    long end = System.nanoTime() + STORM.toNanos();
    List<Thread> storm = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      long seed = i;
      storm.add(
          Thread.ofPlatform()
              .name("storm-" + i)
              .uncaughtExceptionHandler((thread, thrown) -> failures.add(thrown))
              .start(() -> act(rig, new SplittableRandom(seed), end)));
    }
    ThreadMXBean beans = ManagementFactory.getThreadMXBean();
    for (Thread thread : storm) {
      while (!thread.join(Duration.ofMillis(500))) {
        assertNull("deadlock", beans.findDeadlockedThreads());
        assertTrue(
            "stuck in " + Arrays.toString(thread.getStackTrace()),
            System.nanoTime() - end < Await.LIMIT.toNanos());
      }
    }
    assertEquals(List.of(), List.copyOf(failures));
    assertTrue("actions: " + actions, actions.get() > 500);
    System.out.println("storm: " + actions + " actions, " + refused + " refused");
  }

  private void act(Rig rig, SplittableRandom random, long end) {
    List<String> backends = List.copyOf(BACKENDS.keySet());
    while (System.nanoTime() < end) {
      Bundle bundle = rig.bundle(backends.get(random.nextInt(backends.size())));
      String nic = NICS.get(random.nextInt(NICS.size()));
      try {
        switch (random.nextInt(9)) {
          case 0 -> bundle.stop();
          case 1, 2 -> bundle.start();
          case 3 -> Rig.update(bundle, BACKENDS.getOrDefault(bundle.getSymbolicName(), ""));
          case 4, 5 -> await(rig.control(nic).plug("loopback"));
          case 6 -> await(rig.control(nic).plug("null"));
          case 7 -> await(rig.control(nic).plug("tap0"));
          default -> await(rig.control(nic).unplug());
        }
      } catch (BundleException | IllegalStateException e) {
        refused.incrementAndGet(); // Another thread holds the bundle: the framework says no.
      } catch (Exception e) {
        failures.add(e);
      }
      actions.incrementAndGet();
    }
  }

  private void await(CompletionStage<?> swap) throws Exception {
    try {
      swap.toCompletableFuture().get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof EndpointException)) {
        throw e;
      }
      refused.incrementAndGet(); // The backend is not there: the operator hears it.
    } catch (TimeoutException e) {
      throw new AssertionError("a swap was never completed", e);
    }
  }

  /** All backends run again. */
  private static void calm(Rig rig) throws Exception {
    for (String name : BACKENDS.keySet()) {
      Bundle bundle = rig.bundle(name);
      bundle.start();
      assertEquals(name, Bundle.ACTIVE, bundle.getState());
    }
  }
}
