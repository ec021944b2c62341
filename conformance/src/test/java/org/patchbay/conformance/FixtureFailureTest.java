package org.patchbay.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.BrokenEndpoints.WireEndpoint;
import org.patchbay.conformance.support.ParkingWaitFactory;

/** What goes wrong besides the endpoint is not taken for the endpoint's fault. */
final class FixtureFailureTest {

  private static final String STUCK = "the fixture failed: a call never returned, so no further";

  /** A fixture that the kit gives up early. */
  private static class Impatient implements Fixture {

    @Override
    public String name() {
      return "impatient";
    }

    @Override
    public FrameFate fate() {
      return FrameFate.FAR_SIDE;
    }

    @Override
    public Subject open() throws Exception {
      Wire wire = new Wire();
      return new Subject(new WireEndpoint(wire::open), wire, () -> {});
    }

    @Override
    public Duration limit() {
      return Duration.ofMillis(1000);
    }

    @Override
    public Duration patience() {
      return Duration.ofMillis(150);
    }
  }

  private static void blockForEver() {
    while (true) {
      LockSupport.park();
    }
  }

  private static void requireThatTheFixtureIsNamed(Fixture fixture) throws InterruptedException {
    ConformanceReport report = ConformanceKit.run(fixture);
    assertFalse(report.conforms());
    assertEquals(Set.of(), report.broken(), report::text);
    assertEquals(1, report.lines(Outcome.FIXTURE_FAILED).size(), report::text);
    assertTrue(
        report.text().contains("the fixture failed: it did not return within 1 s"), report::text);
    CheckResult last = report.results().getLast();
    assertEquals(Outcome.BLOCKED, last.outcome());
    assertTrue(last.detail().startsWith(STUCK), last.detail());
  }

  @Test
  void aFixtureThatHangsInOpenIsNamed() throws InterruptedException {
    requireThatTheFixtureIsNamed(
        new Impatient() {
          @Override
          public Subject open() {
            blockForEver();
            throw new AssertionError("not reached");
          }
        });
  }

  @Test
  void aPeerThatHangsIsNamed() throws InterruptedException {
    requireThatTheFixtureIsNamed(
        new Impatient() {
          @Override
          public Subject open() {
            Wire wire =
                new Wire() {
                  @Override
                  public void inject(byte[] frame) {
                    blockForEver();
                  }
                };
            return new Subject(new WireEndpoint(wire::open), wire, () -> {});
          }
        });
  }

  /** Some of its frames are sent by a thread of the check's own. */
  @Test
  void aPeerThatFailsLaterIsNamedAtEachCheck() throws InterruptedException {
    Fixture fixture =
        new TestFixture(
            "failing peer",
            FrameFate.FAR_SIDE,
            () -> {
              Wire wire =
                  new Wire() {
                    private int frames;

                    @Override
                    public void inject(byte[] frame) {
                      if (++frames > 150) {
                        throw new IllegalStateException("the far side is full");
                      }
                      super.inject(frame);
                    }
                  };
              return new Subject(new WireEndpoint(wire::open), wire, () -> {});
            });
    ConformanceReport report = ConformanceKit.run(fixture);
    assertEquals(Set.of(), report.broken(), report::text);
    List<String> failed =
        report.results().stream()
            .filter(result -> result.outcome() == Outcome.FIXTURE_FAILED)
            .map(CheckResult::title)
            .toList();
    assertTrue(failed.contains("a frame wakes whenever it comes"), report::text);
    assertTrue(report.text().contains("the far side is full"), report::text);
  }

  @Test
  void aReleaseThatHangsIsNamed() throws InterruptedException {
    requireThatTheFixtureIsNamed(
        new Impatient() {
          @Override
          public Subject open() {
            return new Subject(new EchoEndpoint(), null, BrokenEndpoints::sleepForLong);
          }
        });
  }

  /** As with an endpoint that is slow but breaks nothing. */
  @Test
  void aCheckWithoutEndIsNotTakenForBroken() throws InterruptedException {
    WorkerWaitFactory parking = new ParkingWaitFactory();
    Fixture fixture =
        new Impatient() {
          @Override
          public WorkerWaitFactory waits() {
            return new SleepyWaits(parking);
          }
        };
    ConformanceReport report = ConformanceKit.run(fixture);
    assertFalse(report.conforms());
    assertEquals(Set.of(), report.broken(), report::text);
    assertTrue(report.text().contains("not checked: no end after 1 s; the thread was in"));
    assertTrue(report.text().contains("had no end, so no further check was run"), report::text);
  }

  @Test
  void whoWatchesHearsOfItByTheThreadThatRunsTheKit() throws InterruptedException {
    List<Thread> tellers = Collections.synchronizedList(new ArrayList<>());
    List<String> broken = Collections.synchronizedList(new ArrayList<>());
    Progress progress =
        new Progress() {
          @Override
          public void begins(String line, String title) {
            tellers.add(Thread.currentThread());
          }

          @Override
          public void found(CheckResult result) {
            tellers.add(Thread.currentThread());
            if (result.outcome() == Outcome.BROKEN) {
              broken.add(result.line() + " " + result.title());
            }
          }
        };
    Fixture fixture =
        new TestFixture(
            "throws",
            FrameFate.REFLECTED,
            () -> Subject.of(new EchoEndpoint(BrokenQueues.ThrowsFromClose::new)));
    ConformanceReport unused = ConformanceKit.run(fixture, progress);
    assertTrue(broken.contains("Q17 seen while checking E1"), broken::toString);
    assertEquals(Set.of(Thread.currentThread()), Set.copyOf(tellers));
  }
}
