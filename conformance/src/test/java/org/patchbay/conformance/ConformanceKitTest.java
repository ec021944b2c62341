package org.patchbay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;
import org.patchbay.conformance.BrokenEndpoints.Broken;
import org.patchbay.conformance.BrokenEndpoints.WireEndpoint;

/** The kit finds what is broken, names the right line, and lets pass what is right. */
final class ConformanceKitTest {

  static List<Broken> broken() {
    return BrokenEndpoints.all();
  }

  static List<Fixture> correct() {
    return List.of(
        new TestFixture("echo", FrameFate.REFLECTED, () -> Subject.of(new EchoEndpoint())),
        new TestFixture(
            "wire",
            FrameFate.FAR_SIDE,
            () -> {
              Wire wire = new Wire();
              return new Subject(new WireEndpoint(wire::open), wire, () -> {});
            }),
        new TestFixture(
            "wire with several queues",
            FrameFate.FAR_SIDE,
            () -> {
              SpreadWire wire = new SpreadWire(true);
              return new Subject(wire.endpoint(), wire, () -> {});
            }),
        echo("threads until it stops", ThreadUntilStop::new),
        echo("a pool's thread", GrowsPool::new),
        new TestFixture(
            "least MTU",
            FrameFate.REFLECTED,
            Fixture.LEAST_MTU,
            () -> Subject.of(new EchoEndpoint(BrokenQueues.TakesShortFrames::new))),
        new TestFixture(
            "largest MTU",
            FrameFate.REFLECTED,
            Fixture.MOST_MTU,
            () -> Subject.of(new EchoEndpoint())));
  }

  private static Fixture echo(String name, Supplier<EchoEndpoint> maker) {
    return new TestFixture(name, FrameFate.REFLECTED, () -> Subject.of(maker.get()));
  }

  /** Has a thread for each opening of queues, until it stops. */
  private static final class ThreadUntilStop extends EchoEndpoint {
    private final List<Thread> threads = new ArrayList<>();

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      List<Queue> queues = super.getQueues(configs, rss);
      threads.add(Thread.ofPlatform().daemon().name("helper").start(BrokenEndpoints::sleepForLong));
      return queues;
    }

    @Override
    public void stop() {
      super.stop();
      threads.forEach(Thread::interrupt);
      threads.clear();
    }
  }

  /** With its fifth opening a pool, which outlives it, begins another thread. */
  private static final class GrowsPool extends EchoEndpoint {
    private int calls;

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
        throws EndpointException {
      if (++calls == 5) {
        Thread unused =
            Thread.ofPlatform().daemon().name("pool").start(BrokenEndpoints::sleepForLong);
      }
      return super.getQueues(configs, rss);
    }
  }

  @ParameterizedTest
  @MethodSource("correct")
  void aCorrectEndpointConforms(Fixture fixture) throws InterruptedException {
    ConformanceReport report = ConformanceKit.run(fixture);
    assertTrue(report.conforms(), report::text);
    assertTrue(report.lines(Outcome.HELD).size() >= 30, report::text);
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aBrokenEndpointFailsAtItsLineAlone(Broken broken) throws InterruptedException {
    ConformanceReport report = ConformanceKit.run(broken.fixture());
    assertEquals(Set.of(broken.line()), report.broken(), report::text);
    assertEquals(Set.of(), report.lines(Outcome.FIXTURE_FAILED), report::text);
    assertFalse(report.conforms());
  }

  @Test
  void aFixtureThatFailsIsNotTakenForABrokenEndpoint() throws InterruptedException {
    Fixture fixture =
        new TestFixture(
            "none",
            FrameFate.DROPPED,
            () -> {
              throw new IllegalStateException("no device");
            });
    ConformanceReport report = ConformanceKit.run(fixture);
    assertFalse(report.conforms());
    assertEquals(Set.of(), report.broken());
    assertTrue(report.text().contains("the fixture failed: java.lang.IllegalStateException: no"));
  }

  @Test
  void anMtuThatTheKitCannotPlayIsTheFixturesFault() throws InterruptedException {
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture("tiny", FrameFate.REFLECTED, 68, () -> Subject.of(new EchoEndpoint())));
    assertEquals(Set.of(), report.broken(), report::text);
    assertTrue(
        report.text().contains("failed: mtu() answered 68; the kit allows 576 to 9216 bytes"),
        report::text);
  }

  @Test
  void aLineThatDoesNotApplyIsReportedWithItsReason() throws InterruptedException {
    ConformanceReport report = ConformanceKit.run(correct().get(1));
    CheckResult severalQueues =
        report.results().stream().filter(r -> r.line().equals("E2")).findFirst().orElseThrow();
    assertEquals(Outcome.NOT_APPLICABLE, severalQueues.outcome());
    assertEquals("the endpoint declares one queue", severalQueues.detail());
    assertTrue(report.text().contains("not applicable: the endpoint declares one queue"));
  }

  @Test
  void anEndpointThatTakesNoVlanAndSaysSoConforms() throws InterruptedException {
    Fixture fixture =
        new TestFixture(
            "without VLAN",
            FrameFate.REFLECTED,
            () ->
                Subject.of(
                    new EchoEndpoint(BrokenQueues.FailsOnVlan::new) {
                      @Override
                      public boolean carriesVlan() {
                        return false;
                      }
                    }));
    ConformanceReport report = ConformanceKit.run(fixture);
    assertTrue(report.conforms(), report::text);
    assertTrue(report.text().contains("it takes no VLAN as metadata"), report::text);
  }

  /** Each of the first actions is there without a look at interrupts. */
  @Test
  void anEndpointWithActionsConforms() throws InterruptedException {
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture(
                "actions",
                FrameFate.REFLECTED,
                () ->
                    Subject.of(
                        new EchoEndpoint() {
                          private int actions;

                          @Override
                          public EndpointAction waitForEndpointAction()
                              throws InterruptedException {
                            if (++actions <= 5) {
                              LockSupport.parkNanos(10_000_000);
                              return new EndpointAction.LinkStatusNotify(actions % 2 == 0);
                            }
                            return super.waitForEndpointAction();
                          }
                        })));
    assertTrue(report.conforms(), report::text);
  }

  /** The wake-ups of posting buffers, which it has, are not those of a frame. */
  @Test
  void eachCheckOfAWakeUpSeesThatItIsLost() throws InterruptedException {
    Broken silent =
        broken().stream().filter(b -> b.toString().contains("does not wake")).findFirst().get();
    ConformanceReport report = ConformanceKit.run(silent.fixture());
    List<String> titles =
        report.results().stream()
            .filter(result -> result.outcome() == Outcome.BROKEN)
            .map(CheckResult::title)
            .toList();
    assertTrue(titles.contains("a frame wakes a sleeping worker"), report::text);
    assertTrue(titles.contains("a frame wakes whenever it comes"), report::text);
  }

  @Test
  void aCallThatNeverReturnsIsNamed() throws InterruptedException {
    requireSentence("never returns from inspect", ": inspect() did not return within 1 s");
    requireSentence("never returns from close", ": close() of a queue did not return within 1 s");
  }

  private static void requireSentence(String name, String sentence) throws InterruptedException {
    Fixture fixture =
        broken().stream()
            .map(Broken::fixture)
            .filter(each -> each.name().equals(name))
            .findFirst()
            .get();
    ConformanceReport report = ConformanceKit.run(fixture);
    assertTrue(report.text().contains(sentence), report::text);
  }

  @Test
  void withAnUnknownFarEndLinesThatNeedOneAreNotChecked() throws InterruptedException {
    Wire wire = new Wire();
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture(
                "unknown far end",
                FrameFate.UNKNOWN,
                () -> Subject.of(new WireEndpoint(wire::open))));
    assertTrue(report.conforms(), report::text);
    assertTrue(report.lines(Outcome.HELD).size() >= 20, report::text);
    assertTrue(report.lines(Outcome.NOT_CHECKED).contains("Q10"), report::text);
    assertTrue(report.text().contains("each filled buffer comes back once – not checked: needs a"));
  }

  /** As a backend does whose connection is not there yet. */
  @Test
  void whatTakesNothingWithoutAFarEndIsNotTakenForBroken() throws InterruptedException {
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture(
                "takes nothing",
                FrameFate.UNKNOWN,
                () -> Subject.of(new EchoEndpoint(BrokenQueues.TakesNothing::new))));
    assertEquals(Set.of(), report.broken(), report::text);
    assertTrue(report.lines(Outcome.NOT_CHECKED).contains("Q18"), report::text);
    assertTrue(report.text().contains("packets are not taken"), report::text);
  }

  /** As a backend does that drops what it could not send for some time. */
  @Test
  void whatCompletesLateWithoutAFarEndIsNotTakenForBroken() throws InterruptedException {
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture(
                "late",
                FrameFate.UNKNOWN,
                () -> Subject.of(new EchoEndpoint(BrokenQueues.TakesLate::new))));
    assertEquals(Set.of(), report.broken(), report::text);
    assertTrue(report.lines(Outcome.NOT_CHECKED).contains("E13"), report::text);
  }

  @Test
  void withAnUnknownFarEndWhatIsBrokenIsFoundAllTheSame() throws InterruptedException {
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture(
                "broken",
                FrameFate.UNKNOWN,
                () -> Subject.of(new EchoEndpoint(BrokenQueues.CountsSegments::new))));
    assertEquals(Set.of("Q13"), report.broken(), report::text);
  }

  @Test
  void anErrorFromGetQueuesBreaksEachLineThatAsksForAnother() throws InterruptedException {
    ConformanceReport report =
        ConformanceKit.run(
            new TestFixture(
                "throws",
                FrameFate.REFLECTED,
                () -> Subject.of(new BrokenEndpoints.ThrowsFromGetQueues())));
    assertEquals(Set.of("E3", "E4", "E6"), report.broken(), report::text);
    assertEquals(Set.of(), report.lines(Outcome.FIXTURE_FAILED), report::text);
  }

  @Test
  void checksNameLinesAndComeInTheirOrder() {
    List<Check> checks = ConformanceKit.checks();
    for (Check check : checks) {
      assertTrue(check.line().matches("[EQB][1-9][0-9]?"), check.line());
    }
    assertEquals("E1", checks.getFirst().line());
    assertEquals("B16", checks.getLast().line());
  }
}
