package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.Dictionary;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointAction;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.NicSettings;
import org.patchbay.conformance.ContractLine;

/** What operators read of each fault: one record, which names the bundle and the cause. */
@Timeout(60)
class OperatorRecordsTest extends NicFixture {

  private final List<String> errors = new CopyOnWriteArrayList<>();
  private Bundle vendor;

  @Override
  NicSettings settings() {
    return new NicSettings("nic0", null, "(patchbay.endpoint.name=spare)", false, true, false);
  }

  @BeforeEach
  void log() throws Exception {
    Logger logger =
        proxy(
            Logger.class,
            (method, arguments) -> {
              if (method.equals("error")) {
                errors.add(String.valueOf(arguments[1]));
              }
              return null;
            });
    felix.service.setLoggerFactory(proxy(LoggerFactory.class, (method, arguments) -> logger));
    felix.register(new TestEndpoint("spare"));
    vendor = felix.bundle("org.example.bad");
  }

  private interface Answer {
    @Nullable Object to(String method, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answer.to(method.getName(), arguments)));
  }

  private ServiceRegistration<Endpoint> register(TestEndpoint endpoint) {
    return felix.register(vendor.getBundleContext(), endpoint, 0);
  }

  /** Waits for the one record, and a little for a second one. */
  private String record() {
    Waiting.until("a record", () -> !errors.isEmpty());
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(400));
    assertEquals(1, errors.size(), errors.toString());
    String record = errors.removeFirst();
    assertTrue(record.contains("bundle org.example.bad 1.2.3"), record);
    assertTrue(record.length() < 1000, "bounded");
    assertEquals(1, record.lines().count(), record);
    return record;
  }

  /** A throwable whose every method is the vendor's and does harm. */
  private static final class Hostile extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static RuntimeException harm() {
      while (true) {
        LockSupport.park();
      }
    }

    @Override
    public String getMessage() {
      throw harm();
    }

    @Override
    public String toString() {
      throw harm();
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw harm();
    }

    @Override
    public synchronized Throwable getCause() {
      throw harm();
    }
  }

  private static Throwable thrown(String kind) {
    return switch (kind) {
      case "stack" -> new StackOverflowError();
      case "linkage" -> new NoClassDefFoundError("org/example/Lost");
      case "memory" -> new OutOfMemoryError("made by hand");
      case "hostile" -> new Hostile();
      case "megabyte" -> new IllegalStateException("x\n".repeat(1 << 19));
      default -> new EndpointException(EndpointError.OUT_OF_MEMORY, "y\n".repeat(1 << 19));
    };
  }

  @ParameterizedTest
  @CsvSource({
    "getQueues, stack",
    "getQueues, hostile",
    "getQueues, megabyte",
    "getQueues, typed",
    "isOrdered, linkage",
    "isOrdered, hostile",
    "isOrdered, memory",
    "stop, memory",
    "stop, hostile",
    "close, linkage",
    "close, megabyte",
    "wait, stack",
    "wait, hostile",
    "wait, megabyte",
    "rxPoll, hostile",
    "txAvail, megabyte",
    "inspect, linkage",
    "inspect, hostile"
  })
  @ContractLine("D18")
  void eachFaultHasOneRecord(String call, String kind) throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    register(bad);
    TestEndpoint.Hook fault =
        at -> {
          if (at.equals(call)) {
            Throwable thrown = thrown(kind);
            if (thrown instanceof Error error) {
              throw error;
            }
            throw (Exception) thrown;
          }
        };
    if (call.equals("getQueues") || call.equals("isOrdered")) {
      bad.hook = fault;
      String refusal = Waiting.failure(control.plug("bad")).getMessage();
      assertTrue(refusal.length() < 1000, "bounded");
      if (call.equals("getQueues")) {
        Waiting.until("the spare", () -> control.current().equals(Optional.of("spare")));
      }
    } else {
      Waiting.swap(control.plug("bad"));
      traffic();
      bad.hook = fault;
      switch (call) {
        case "stop", "close" -> Waiting.swap(control.plug("spare"));
        case "inspect" -> {
          for (int i = 0; i < 3; i++) {
            InspectNode node = new InspectNode();
            control.inspectEndpoint(node);
            assertTrue(node.render().contains("threw"), node.render());
          }
        }
        default -> {
          bad.actions.add(new EndpointAction.LinkStatusNotify(true));
          Waiting.until("the spare", () -> control.current().equals(Optional.of("spare")));
        }
      }
    }
    String record = record();
    String type = kind.equals("typed") ? "not enough memory" : thrown(kind).getClass().getName();
    assertTrue(record.contains(type), record);
    bad.hook = null;
    traffic();
  }

  @ParameterizedTest
  @CsvSource({"getQueues", "stop", "close", "isOrdered", "inspect"})
  void aCallThatDoesNotReturnHasOneRecord(String call) throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    register(bad);
    Waiting.swap(control.plug("bad"));
    boolean[] released = new boolean[1];
    bad.hook =
        at -> {
          while (at.equals(call) && !released[0]) {
            LockSupport.parkNanos(1_000_000);
            Thread.interrupted();
          }
        };
    switch (call) {
      case "getQueues" -> {
        bad.actions.add(new EndpointAction.RestartRequired());
        Waiting.until("the spare", () -> control.current().equals(Optional.of("spare")));
      }
      case "isOrdered" -> Waiting.failure(control.plug("bad"));
      case "inspect" -> control.inspectEndpoint(new InspectNode());
      default -> Waiting.swap(control.plug("spare"));
    }
    String record = record();
    assertTrue(record.contains("does not return"), record);
    released[0] = true;
    bad.hook = null;
    traffic();
  }

  @Test
  @ContractLine("D18")
  void anActivationThatThrowsHasOneRecord() throws Exception {
    vendor
        .getBundleContext()
        .registerService(
            Endpoint.class.getName(),
            new ServiceFactory<Endpoint>() {
              @Override
              @SuppressWarnings("NullAway") // a factory may answer null, and this one does
              public Endpoint getService(
                  Bundle bundle, ServiceRegistration<Endpoint> registration) {
                return null;
              }

              @Override
              public void ungetService(
                  Bundle bundle, ServiceRegistration<Endpoint> registration, Endpoint service) {}
            },
            FelixFixture.properties("bad", 0));
    felix.nic("nic1", "bad", null, false);
    assertTrue(record().contains("gave no object"));
  }

  @ParameterizedTest
  @CsvSource({"txPoll, a call of its queue", "getQueues, getQueues", "stop, stop"})
  void oneThatUnregistersItselfInMidCallHasOneRecord(String call, String told) throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    ServiceRegistration<Endpoint> registration = register(bad);
    boolean[] once = new boolean[1];
    Waiting.swap(control.plug("bad"));
    traffic();
    bad.hook =
        at -> {
          if (at.equals(call) && !once[0]) {
            once[0] = true;
            registration.unregister();
          }
        };
    if (call.equals("stop")) {
      control.plug("spare");
    } else if (call.equals("getQueues")) {
      bad.actions.add(new EndpointAction.RestartRequired());
    }
    Waiting.until("the spare", () -> control.current().equals(Optional.of("spare")));
    assertTrue(record().contains("unregistered itself in the middle of " + told));
    traffic();
  }

  @Test
  @ContractLine("D19")
  void restartsWithoutEndAreAFailure() throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    register(bad);
    Waiting.swap(control.plug("bad"));
    for (int i = 0; i < 50; i++) {
      bad.actions.add(new EndpointAction.RestartRequired());
    }
    Waiting.until("the spare", () -> control.current().equals(Optional.of("spare")));
    assertTrue(record().contains("asked for a restart of its queues more than 5 times"));
    assertTrue(bad.opens.get() <= 6, bad.opens + " restarts");
    traffic();
  }

  @Test
  @ContractLine("D19")
  void aLinkThatFlapsIsPacedAndItsLastStateComes() throws Exception {
    TestEndpoint bad = new TestEndpoint("bad");
    register(bad);
    Waiting.swap(control.plug("bad"));
    for (int i = 0; i < 15; i++) {
      bad.actions.add(new EndpointAction.LinkStatusNotify(true));
      bad.actions.add(new EndpointAction.LinkStatusNotify(false));
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
    assertTrue(bad.actions.size() > 5, bad.actions.size() + " left after half a second");
    Waiting.until("all are taken", bad.actions::isEmpty);
    Waiting.until("the last one came", () -> !nic.engine().linkUp);
    traffic();
  }

  @Test
  @ContractLine("D20")
  void namesAreCheckedAndOperatorsHearOfThemThreeTimesABundle() throws Exception {
    Object[] names = {
      "", "a b", "line\nfeed", "x".repeat(1 << 20), 7, new Hostile(), "é", "\u202e"
    };
    for (Object name : names) {
      Dictionary<String, Object> properties = FelixFixture.properties("unused", 0);
      properties.put(Endpoint.PROPERTY_NAME, name);
      properties.put(Endpoint.PROPERTY_TYPE, "t\n".repeat(1 << 19));
      properties.put(Endpoint.PROPERTY_OFFLOADS, List.of("tcp", "nonsense", "tcp", 5));
      properties.put(Endpoint.PROPERTY_LINK_SPEED, -5L);
      properties.put(Endpoint.PROPERTY_MAX_QUEUES, "many");
      vendor
          .getBundleContext()
          .registerService(Endpoint.class, new TestEndpoint("odd"), properties);
    }
    Waiting.until("three records", () -> errors.size() == 3);
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    assertEquals(3, errors.size());
    for (String error : errors) {
      assertTrue(error.contains("bundle org.example.bad 1.2.3"), error);
      assertTrue(error.length() < 500 && error.lines().count() == 1, error);
    }
    assertTrue(errors.getLast().contains("no more is told"), errors.getLast());
    for (EndpointInfo info : felix.service.endpoints()) {
      assertTrue(info.name().matches("spare|service\\.\\d+"), info.name());
      assertTrue(info.type().length() < 100 && info.linkSpeed() > 0, info.type());
      assertTrue(info.offloads().isEmpty() || info.offloads().equals(List.of("tcp")));
    }
    String odd = felix.service.endpoints().getFirst().name();
    Waiting.swap(control.plug(odd)); // by the name that it was given instead
    traffic();
  }

  @Test
  @ContractLine("D20")
  void aTakenNameIsShadowedAndTold() throws Exception {
    register(new TestEndpoint("spare"));
    assertTrue(record().contains("endpoint spare of bundle org.example.bad 1.2.3 is shadowed"));
    Waiting.swap(control.plug("spare"));
    traffic();
  }

  @Test
  @ContractLine("D20")
  void aThousandServicesTroubleNobody() throws Exception {
    Waiting.swap(control.plug("spare"));
    long began = System.nanoTime();
    for (int round = 0; round < 3; round++) {
      ServiceRegistration<?>[] all = new ServiceRegistration<?>[1000];
      for (int i = 0; i < all.length; i++) {
        all[i] = register(new TestEndpoint("many" + i));
      }
      assertEquals(1001, felix.service.endpoints().size());
      String message = Waiting.failure(control.plug("nowhere")).getMessage();
      assertTrue(message.contains(" and 977 more") && message.length() < 600, message);
      for (ServiceRegistration<?> each : all) {
        each.unregister();
      }
    }
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    assertTrue(took < 20_000, took + " ms");
    assertTrue(record().contains("has registered 256 endpoints"));
    traffic();
    assertEquals(1, felix.service.endpoints().size());
    assertNull(nic.engine().violation);
  }
}
