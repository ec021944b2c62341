package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.MultiQueueSupport;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

/** What a NIC takes by itself when endpoints leave, fail and return. */
@Timeout(60)
class FailoverTest {

  private static final String ANY = "(patchbay.endpoint.type=test)";

  @TempDir Path cache;
  private FelixFixture felix;

  @BeforeEach
  void start() throws Exception {
    felix = new FelixFixture(cache);
  }

  @AfterEach
  void end() throws Exception {
    List<AutoCloseable> open = List.copyOf(felix.open);
    felix.close();
    for (AutoCloseable one : open) {
      if (one instanceof MiniEngine engine) {
        assertNull(engine.crash);
        assertNull(engine.violation);
        assertEquals(0, engine.outstanding());
      }
    }
  }

  private static void current(FelixFixture.Running nic, String name) {
    Optional<String> expected = name.equals("-") ? Optional.empty() : Optional.of(name);
    Waiting.until("current is " + name, () -> nic.control().current().equals(expected));
  }

  /** The last record, once there are so many. */
  private static SwapRecord record(FelixFixture.Running nic, int number) {
    Waiting.until("record " + number, () -> nic.control().records().size() >= number);
    return nic.control().records().get(number - 1);
  }

  /** Holds until nothing more happens by itself: errands that were due have run. */
  private void settle(FelixFixture.Running nic) {
    int[] calm = {0};
    int[] seen = {-1};
    Waiting.until(
        "nothing more happens",
        () -> {
          LockSupport.parkNanos(5_000_000);
          int now = nic.control().records().size();
          calm[0] = now == seen[0] ? calm[0] + 1 : 0;
          seen[0] = now;
          return calm[0] > 10;
        });
  }

  @Test
  void takesTheNextMatchByRankingThenByLowestId() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, false);
    ServiceRegistration<Endpoint> wanted =
        felix.register(felix.context, new TestEndpoint("wanted"), 9);
    felix.register(felix.context, new TestEndpoint("low"), -1);
    ServiceRegistration<Endpoint> first =
        felix.register(felix.context, new TestEndpoint("first"), 5);
    felix.register(felix.context, new TestEndpoint("second"), 5);
    Waiting.swap(nic.control().plug("wanted"));
    wanted.unregister();
    SwapRecord left = record(nic, 2);
    assertEquals("wanted", left.from());
    assertEquals("first", left.to());
    assertEquals(SwapReason.LEFT, left.reason());
    assertNotNull(left.failure());
    first.unregister();
    assertEquals("second", record(nic, 3).to());
    assertEquals(Optional.of("wanted"), nic.control().wanted());
  }

  @Test
  void withoutAFilterItTakesTheFallback() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0");
    ServiceRegistration<Endpoint> wanted = felix.register(new TestEndpoint("wanted"));
    felix.register(new TestEndpoint("other"));
    Waiting.swap(nic.control().plug("wanted"));
    wanted.unregister();
    assertEquals("-", record(nic, 2).to());
    settle(nic);
    current(nic, "-");
  }

  @Test
  void onItsFallbackItTakesTheReturningWantedOneAtOnce() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0");
    ServiceRegistration<Endpoint> wanted = felix.register(new TestEndpoint("wanted"));
    Waiting.swap(nic.control().plug("wanted"));
    wanted.unregister();
    current(nic, "-");
    felix.register(new TestEndpoint("wanted"));
    SwapRecord back = record(nic, 3);
    assertEquals(SwapReason.RETURNED, back.reason());
    assertEquals("wanted", back.to());
  }

  @Test
  void onASubstituteItReturnsOnlyWithFailback() throws Exception {
    FelixFixture.Running stays = felix.nic("stays", null, "(patchbay.endpoint.name=spare1)", false);
    FelixFixture.Running returns =
        felix.nic("returns", null, "(patchbay.endpoint.name=spare2)", true);
    felix.register(new TestEndpoint("spare1"));
    felix.register(new TestEndpoint("spare2"));
    ServiceRegistration<Endpoint> one = felix.register(new TestEndpoint("one"));
    ServiceRegistration<Endpoint> two = felix.register(new TestEndpoint("two"));
    Waiting.swap(stays.control().plug("one"));
    Waiting.swap(returns.control().plug("two"));
    one.unregister();
    two.unregister();
    current(stays, "spare1");
    current(returns, "spare2");
    felix.register(new TestEndpoint("one"));
    felix.register(new TestEndpoint("two"));
    current(returns, "two");
    assertEquals(SwapReason.RETURNED, record(returns, 3).reason());
    settle(stays);
    current(stays, "spare1");
  }

  @Test
  void aNewHigherRankedOneNeverStealsALiveNic() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, true);
    ServiceRegistration<Endpoint> wanted = felix.register(new TestEndpoint("wanted"));
    Waiting.swap(nic.control().plug("wanted"));
    felix.register(felix.context, new TestEndpoint("better"), 100);
    settle(nic);
    current(nic, "wanted");
    wanted.unregister();
    current(nic, "better");
    felix.register(felix.context, new TestEndpoint("best"), 1000);
    settle(nic);
    current(nic, "better");
  }

  @Test
  void aMatchThatArrivesIsTakenByANicThatLostItsPlug() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, false);
    ServiceRegistration<Endpoint> wanted = felix.register(new TestEndpoint("wanted"));
    Waiting.swap(nic.control().plug("wanted"));
    wanted.unregister();
    current(nic, "-");
    felix.register(new TestEndpoint("late"));
    SwapRecord over = record(nic, 3);
    assertEquals(SwapReason.FAILED_OVER, over.reason());
    assertEquals("late", over.to());
  }

  @Test
  void anUnpluggedNicTakesNothingByItself() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, true);
    ServiceRegistration<Endpoint> wanted = felix.register(new TestEndpoint("wanted"));
    Waiting.swap(nic.control().plug("wanted"));
    Waiting.swap(nic.control().unplug());
    wanted.unregister();
    felix.register(new TestEndpoint("wanted"));
    felix.register(new TestEndpoint("late"));
    settle(nic);
    current(nic, "-");
  }

  @Test
  void plugAtStartWaitsForANameThatIsNotThereYet() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", "later", null, false);
    assertEquals(Optional.of("later"), nic.control().wanted());
    assertEquals(Optional.empty(), nic.control().current());
    felix.register(new TestEndpoint("other"));
    felix.register(new TestEndpoint("later"));
    current(nic, "later");
  }

  @Test
  void plugAtStartPlugsWhatIsThere() throws Exception {
    felix.register(new TestEndpoint("there"));
    FelixFixture.Running nic = felix.nic("nic0", "there", null, false);
    SwapRecord first = record(nic, 1);
    assertEquals("there", first.to());
    assertEquals(SwapReason.PLUGGED, first.reason());
  }

  @Test
  void theLowestServiceIdKeepsAName() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0");
    TestEndpoint older = new TestEndpoint("same");
    TestEndpoint newer = new TestEndpoint("same");
    ServiceRegistration<Endpoint> registration = felix.register(felix.context, older, 0);
    felix.register(felix.context, newer, 50);
    assertEquals(
        List.of(false, true),
        felix.service.endpoints().stream().map(EndpointInfo::shadowed).toList());
    Waiting.swap(nic.control().plug("same"));
    assertEquals(1, older.opens.get());
    assertEquals(0, newer.opens.get());
    registration.unregister();
    // The name is the other's now, and the name is what was wanted.
    assertEquals("-", record(nic, 2).to());
    assertEquals(SwapReason.RETURNED, record(nic, 3).reason());
    assertEquals(1, newer.opens.get());
    assertFalse(felix.service.endpoints().getFirst().shadowed());
  }

  @Test
  void anEndpointThatCantOpenGivesWayToTheOldOne() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, true);
    TestEndpoint old = new TestEndpoint("old");
    TestEndpoint bad = new TestEndpoint("bad");
    bad.refusal = new EndpointException(EndpointError.NO_PERMISSION, "it needs CAP_NET_ADMIN");
    felix.register(old);
    felix.register(bad);
    Waiting.swap(nic.control().plug("old"));
    EndpointException failure = Waiting.failure(nic.control().plug("bad"));
    assertEquals(EndpointError.NO_PERMISSION, failure.error());
    SwapRecord swap = nic.control().records().getLast();
    assertEquals("old", swap.from());
    assertEquals("old", swap.to());
    assertTrue(String.valueOf(swap.failure()).contains("CAP_NET_ADMIN"), swap.toString());
    assertEquals(List.of("open", "close", "stop", "open"), old.log);
    assertEquals(Optional.of("bad"), nic.control().wanted());
    settle(nic);
    current(nic, "old");
    assertEquals(List.of(), usedBy("bad"));
  }

  private List<String> usedBy(String name) {
    return felix.service.endpoints().stream()
        .filter(info -> info.name().equals(name))
        .findFirst()
        .orElseThrow()
        .usedBy();
  }

  @Test
  void withoutAnOldOneTheNextMatchServesElseTheFallback() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, false);
    FelixFixture.Running plain = felix.nic("plain");
    TestEndpoint bad = new TestEndpoint("bad");
    TestEndpoint worse = new TestEndpoint("worse");
    bad.hook = throwing("getQueues", new IllegalStateException("no device"));
    worse.hook = throwing("getQueues", new StackOverflowError());
    felix.register(bad);
    felix.register(felix.context, worse, 7);
    felix.register(felix.context, new TestEndpoint("spare"), -7);
    EndpointException failure = Waiting.failure(nic.control().plug("bad"));
    assertEquals(EndpointError.BACKEND_FAILED, failure.error());
    SwapRecord swap = nic.control().records().getLast();
    assertEquals("spare", swap.to());
    assertTrue(String.valueOf(swap.failure()).contains("no device"), swap.toString());
    assertTrue(String.valueOf(swap.failure()).contains("StackOverflowError"), swap.toString());
    Waiting.failure(plain.control().plug("bad"));
    assertEquals("-", plain.control().records().getLast().to());
    settle(plain);
    current(plain, "-");
  }

  private static TestEndpoint.Hook throwing(String call, Throwable e) {
    return at -> {
      if (at.equals(call)) {
        if (e instanceof Error error) {
          throw error;
        }
        throw (Exception) e;
      }
    };
  }

  @Test
  void theOldOneIsNotRevivedWhenItLeftMeanwhile() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0");
    TestEndpoint old = new TestEndpoint("old");
    TestEndpoint slow = new TestEndpoint("slow");
    ServiceRegistration<Endpoint> registration = felix.register(old);
    felix.register(slow);
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    slow.hook =
        at -> {
          if (at.equals("getQueues")) {
            inside.countDown();
            go.await();
            throw new IllegalStateException("after all not");
          }
        };
    Waiting.swap(nic.control().plug("old"));
    var stage = nic.control().plug("slow");
    inside.await();
    registration.unregister(); // at once: the old one rests
    go.countDown();
    Waiting.failure(stage);
    assertEquals("-", nic.control().records().getLast().to());
    assertEquals(List.of("open", "close", "stop"), old.log);
  }

  @Test
  void aSubstituteMustHaveAsManyQueuesAsAreAskedFor() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0", null, "(patchbay.endpoint.name=spare*)", false);
    TestEndpoint wide = new TestEndpoint("wide");
    wide.refusal = new EndpointException(EndpointError.OUT_OF_MEMORY, "no room");
    TestEndpoint spare = new TestEndpoint("spare");
    spare.multiQueue = new MultiQueueSupport(1, 0);
    felix.register(wide);
    felix.register(felix.context, spare, 3);
    Waiting.failure(nic.control().plug("wide"));
    // One queue is what this engine asks for.
    assertEquals("spare", nic.control().records().getLast().to());
  }

  @Test
  void aClaimedMatchIsPassedOver() throws Exception {
    FelixFixture.Running holder = felix.nic("holder");
    FelixFixture.Running nic = felix.nic("nic0", null, ANY, false);
    felix.register(felix.context, new TestEndpoint("held"), 50);
    felix.register(felix.context, new TestEndpoint("free"), 0);
    ServiceRegistration<Endpoint> wanted =
        felix.register(felix.context, new TestEndpoint("wanted"), 0);
    Waiting.swap(holder.control().plug("held"));
    Waiting.swap(nic.control().plug("wanted"));
    wanted.unregister();
    assertEquals("free", record(nic, 2).to());
    current(holder, "held");
  }

  @Test
  void aBundleUpdateInPlaceComesBackByItself() throws Exception {
    FelixFixture.Running nic = felix.nic("nic0");
    Bundle vendor = felix.bundle("org.example.vendor");
    for (int round = 1; round <= 5; round++) {
      TestEndpoint tap = new TestEndpoint("tap0");
      felix.register(vendor.getBundleContext(), tap, 0);
      if (round == 1) {
        Waiting.swap(nic.control().plug("tap0"));
      }
      Waiting.until("it is open", () -> tap.opens.get() == 1);
      vendor.stop();
      assertEquals(List.of("open", "close", "stop"), tap.log);
      current(nic, "-");
      vendor.start();
    }
  }
}
