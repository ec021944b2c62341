package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Constants;
import org.osgi.service.log.Logger;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.TxBatch;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.Engines;
import org.patchbay.frontend.NicEngine;
import org.patchbay.frontend.RingChange;
import org.patchbay.frontend.RingPair;
import org.patchbay.frontend.Withdrawal;
import org.patchbay.frontend.Worker;

class ProbeComponentTest {

  private final RecordingEngines engines = new RecordingEngines();
  private final List<String> errors = new ArrayList<>();

  /** Notes what is opened and closed, and looks at whether the rings can still be used. */
  private static final class RecordingEngines implements Engines {

    final List<String> calls = new ArrayList<>();
    @Nullable EndpointException engineFailure;
    @Nullable RingPair rings;

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
      rings = pairs.getFirst();
      if (engineFailure != null) {
        throw engineFailure;
      }
      calls.add("engine " + settings.nic().name());
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
          pairs.getFirst().peekTransmits(new TxBatch(8, 8)); // The memory must still be there.
          calls.add("close engine");
        }
      };
    }
  }

  private ProbeComponent open(Map<String, ?> values) {
    ProbeComponent component = new ProbeComponent(engines, recordingLogger());
    component.open(values);
    return component;
  }

  /** Notes the arguments of each error. */
  private Logger recordingLogger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              assertEquals("error", method.getName());
              errors.add(Arrays.deepToString(arguments));
              return null;
            });
  }

  private boolean isMemoryFreed() {
    RingPair rings = engines.rings;
    return rings != null && !rings.memory().regionMemory(0).scope().isAlive();
  }

  @Test
  void closesInTheOrderEngineWorkerMemory() {
    ProbeComponent component = open(Map.of("name", "nic0", "spin", "7"));
    assertFalse(isMemoryFreed());
    component.close();
    assertEquals(
        List.of("worker nic0 7000", "engine nic0", "close engine", "close worker"), engines.calls);
    assertTrue(isMemoryFreed());
    component.close();
    assertEquals(4, engines.calls.size(), "a second close does nothing");
  }

  @Test
  void leavesNothingBehindWhenTheEngineCannotOpen() {
    engines.engineFailure = new EndpointException(EndpointError.NAME_TAKEN, "NIC nic0 exists");
    open(Map.of("name", "nic0"));
    assertEquals(List.of("worker nic0 50000", "close worker"), engines.calls);
    assertTrue(isMemoryFreed());
    assertEquals(1, errors.size());
    assertTrue(errors.getFirst().contains("NIC nic0 exists"), errors.getFirst());
  }

  @Test
  void refusesABadConfigurationAndOpensWhenItIsCorrected() {
    String pid = ProbeConfiguration.PID + "~nic0";
    ProbeComponent component =
        open(Map.of("name", "nic0", "rate", "soon", Constants.SERVICE_PID, pid));
    assertEquals(List.of(), engines.calls);
    assertEquals(1, errors.size());
    assertTrue(
        errors
            .getFirst()
            .endsWith(
                pid + ", rate is 'soon'; allowed are whole numbers from 0 to 100000000, and max]"),
        errors.getFirst());
    component.modify(Map.of("name", "nic0", "rate", "7", Constants.SERVICE_PID, pid));
    assertEquals(List.of("worker nic0 50000", "engine nic0"), engines.calls);
    component.close();
    assertEquals(1, errors.size());
  }

  @Test
  void changesTheRateOfTheRunningProbe() {
    ProbeComponent component = open(Map.of("name", "nic0", "rate", "0"));
    RingPair rings = engines.rings;
    assertEquals(0, rings == null ? -1 : rings.peekTransmits(new TxBatch(8, 8)));
    component.modify(Map.of("name", "nic0", "rate", "max"));
    assertEquals(2, engines.calls.size(), "nothing was closed or opened");
    assertEquals(8, rings == null ? -1 : rings.peekTransmits(new TxBatch(8, 8)));
    component.close();
  }

  @Test
  void opensAnewWhenMoreThanTheRateChanges() {
    ProbeComponent component = open(Map.of("name", "nic0"));
    component.modify(Map.of("name", "nic1"));
    assertEquals(
        List.of(
            "worker nic0 50000",
            "engine nic0",
            "close engine",
            "close worker",
            "worker nic1 50000",
            "engine nic1"),
        engines.calls);
    component.close();
  }

  @Test
  void goesOnWhenTheChangeCannotBeUsed() {
    ProbeComponent component = open(Map.of("name", "nic0"));
    component.modify(Map.of("name", "nic0", "mtu", "1"));
    assertEquals(1, errors.size());
    assertEquals(2, engines.calls.size(), "nothing was closed or opened");
    component.close();
    assertEquals(4, engines.calls.size());
  }
}
