package org.patchbay.cable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.Engines;
import org.patchbay.frontend.NicEngine;
import org.patchbay.frontend.NicProperties;
import org.patchbay.frontend.RingChange;
import org.patchbay.frontend.RingPair;
import org.patchbay.frontend.Withdrawal;
import org.patchbay.frontend.Worker;

class CableTest {

  private final RecordingEngines engines = new RecordingEngines();

  /** Notes what is opened and closed; engine {@code failing} does not open. */
  private static final class RecordingEngines implements Engines {

    final List<String> calls = new ArrayList<>();
    final List<RingPair> rings = new ArrayList<>();
    final List<Worker> workers = new ArrayList<>();
    int failing = -1;

    @Override
    public Worker openWorker(String name, long spinNanos) {
      calls.add("worker " + name + " " + spinNanos);
      return new Worker() {
        @Override
        public String name() {
          return name;
        }

        @Override
        public void close() {
          calls.add("close worker");
        }
      };
    }

    @Override
    public NicEngine open(
        EngineSettings settings, List<? extends RingPair> pairs, List<Worker> pairWorkers)
        throws EndpointException {
      String name = settings.nic().name();
      rings.add(pairs.getFirst());
      workers.add(pairWorkers.getFirst());
      if (rings.size() - 1 == failing) {
        throw new EndpointException(EndpointError.NAME_TAKEN, name);
      }
      calls.add("engine " + name);
      return new NicEngine() {
        @Override
        public Nic nic() {
          throw new UnsupportedOperationException();
        }

        @Override
        public DisconnectableControl control() {
          throw new UnsupportedOperationException();
        }

        @Override
        public void changeRings(Withdrawal withdrawal, RingChange change) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void whenUnused(Runnable action) {
          action.run();
        }

        @Override
        public void close() {
          assertTrue(isMemoryThere(), "engines are closed before the memory");
          calls.add("close " + name);
        }
      };
    }

    boolean isMemoryThere() {
      return rings.getFirst().memory().regionMemory(0).scope().isAlive();
    }
  }

  private static CableSettings settings(Map<String, ?> values) {
    return CableSettings.read(new NicProperties(values));
  }

  @Test
  void servesBothSidesWithOneWorkerInOneMemory() throws Exception {
    CableComponent component = new CableComponent(engines);
    component.open(Map.of("name", "c0", "spin", "3"));
    assertSame(engines.workers.get(0), engines.workers.get(1));
    assertSame(engines.rings.get(0).memory(), engines.rings.get(1).memory());
    component.close();
    assertEquals(
        List.of(
            "worker c0 3000",
            "engine c0.a",
            "engine c0.b",
            "close c0.b",
            "close c0.a",
            "close worker"),
        engines.calls);
    assertFalse(engines.isMemoryThere());
  }

  @ParameterizedTest
  @CsvSource({"0, ''", "1, engine c0.a;close c0.a;"})
  void leavesNothingBehindWhenASideCannotOpen(int failing, String between) {
    engines.failing = failing;
    assertThrows(
        EndpointException.class, () -> Cable.open(engines, settings(Map.of("name", "c0"))));
    assertEquals(
        "worker c0 50000;" + between + "close worker;", String.join(";", engines.calls) + ";");
    assertFalse(engines.isMemoryThere());
  }

  @Test
  void readsTheKeysOfEachSide() {
    CableSettings settings =
        settings(
            Map.of(
                "name",
                "c0",
                "a.plug",
                "tap0",
                "b.plug",
                "tap1",
                "b.hold",
                "2000",
                "b.failover",
                "(patchbay.endpoint.type=tap)",
                "a.mtu",
                9000,
                "buffers",
                "7"));
    assertEquals("c0.a", settings.a().nic().name());
    assertEquals("tap0", settings.a().nic().plugAtStart());
    assertEquals(0, settings.a().holdNanos());
    assertEquals(9000, settings.a().mtu());
    assertEquals("c0.b", settings.b().nic().name());
    assertEquals("(patchbay.endpoint.type=tap)", settings.b().nic().failoverFilter());
    assertEquals(2_000_000_000L, settings.b().holdNanos());
    assertEquals(1500, settings.b().mtu());
    assertEquals(7, settings.buffers());
  }

  @Test
  void hasRoomForTheLongestFrameOfEitherSide() throws Exception {
    Cable cable =
        Cable.open(engines, settings(Map.of("name", "c0", "b.mtu", "9000", "buffers", "2")));
    for (RingPair side : engines.rings) {
      assertEquals(2 * 2 * 9024L, side.memory().regionMemory(0).byteSize());
    }
    cable.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "buffers | 0 | whole numbers from 1 to 16384",
        "buffers | 16385 | whole numbers from 1 to 16384",
        "a.mtu | 67 | whole numbers from 68 to 65535",
        "b.hold | soon | whole numbers from 0 to 3600000",
        "b.failback | maybe | true and false",
      })
  void refusesABadValueInOneSentence(String key, String value, String allowed) {
    String sentence =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> settings(Map.of("name", "c0", key, value)))
                .getMessage());
    assertEquals(key + " is '" + value + "'; allowed are " + allowed, sentence);
  }
}
