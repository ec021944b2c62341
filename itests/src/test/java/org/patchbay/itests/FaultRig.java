package org.patchbay.itests;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;

/** Two NICs under traffic, a fault endpoint that comes and goes, and what operators read. */
final class FaultRig implements AutoCloseable {

  /** The NIC that gets the faults. */
  static final String NIC = "a";

  /** Its neighbour. */
  static final String NEIGHBOUR = "b";

  /** The endpoint with the fault. */
  static final String ENDPOINT = "faulty";

  /** What serves before, after, and behind a middleware. */
  static final String BEHIND = "loopback";

  private static final String FAULT = "org.patchbay.fault";
  private static final String FAILOVER = "(patchbay.endpoint.name=" + BEHIND + ")";

  private final BundleContext context;
  private final Rig rig;
  private final LogReaderService reader;
  private final List<String> records = new CopyOnWriteArrayList<>();
  private final LogListener listener = this::logged;
  private final Map<String, Configuration> probes = new HashMap<>();
  private final Map<String, Map<String, Object>> settings = new HashMap<>();
  private @Nullable Configuration endpoint;
  private long measurement;

  FaultRig(BundleContext context, LogReaderService reader) throws Exception {
    this.context = context;
    rig = new Rig(context);
    this.reader = reader;
    reader.addLogListener(listener);
    open(NEIGHBOUR, false);
  }

  private void logged(LogEntry entry) {
    boolean serious = entry.getLogLevel() == LogLevel.ERROR || entry.getLogLevel() == LogLevel.WARN;
    boolean named =
        entry.getMessage().contains(FAULT) || FAULT.equals(entry.getBundle().getSymbolicName());
    // The engine's word on which thread it replaced is a record of the NIC's worker, beside the one
    // of the fault.
    if (serious && named && !entry.getMessage().contains(" gave up thread ")) {
      Throwable thrown = entry.getException();
      records.add(
          entry.getLogLevel() + " " + entry.getMessage() + (thrown == null ? "" : ": " + thrown));
    }
  }

  Rig rig() {
    return rig;
  }

  /** What operators read of the fault's bundle since the last {@link #forgetRecords}. */
  List<String> records() {
    return records;
  }

  void forgetRecords() {
    records.clear();
  }

  /** Makes a NIC on its loopback, anew if it is there already. */
  void open(String nic, boolean failover) throws Exception {
    closeNic(nic);
    Map<String, Object> values = new HashMap<>();
    values.put("plug", BEHIND);
    values.put("rate", 2000);
    values.put("verify", true);
    if (failover) {
      values.put("failover", FAILOVER);
    }
    settings.put(nic, values);
    probes.put(nic, rig.configure(Rig.PROBE, nic, values));
    Await.until("NIC " + nic + " is there", () -> rig.findNic(nic) != null);
    rig.awaitCurrent(nic, BEHIND);
    rig.awaitReceives(nic);
  }

  private void closeNic(String nic) throws Exception {
    Configuration old = probes.remove(nic);
    if (old != null) {
      old.delete();
      Await.until("NIC " + nic + " is gone", () -> rig.findNic(nic) == null);
    }
  }

  /**
   * Begins to measure gaps anew.
   *
   * @param rate of the NIC that gets the fault
   */
  void measure(int rate) throws Exception {
    measurement++;
    for (String nic : List.of(NIC, NEIGHBOUR)) {
      Configuration probe = probes.get(nic);
      Map<String, Object> values = settings.get(nic);
      if (probe == null || values == null) {
        throw new AssertionError("there is no NIC " + nic);
      }
      values.put("measurement", measurement);
      if (nic.equals(NIC)) {
        values.put("rate", rate);
      }
      probe.update(Rig.dictionary(nic, values));
    }
    for (String nic : List.of(NIC, NEIGHBOUR)) {
      Await.until(
          "the measurement has begun", () -> rig.inspected(nic, "measurement") == measurement);
    }
  }

  /** The longest gap of a NIC since the measurement began, in microseconds. */
  long gap(String nic) {
    return rig.inspected(nic, "longest gap in us");
  }

  /** A number of a NIC's inspection. */
  long inspected(String nic, String key, long missing) {
    InspectNode node = new InspectNode();
    rig.nic(nic).inspect(node);
    return number(node, key, missing);
  }

  private static long number(InspectNode node, String key, long missing) {
    Matcher value =
        Pattern.compile("(?m)^ *" + Pattern.quote(key) + ": (\\d+)$").matcher(node.render());
    return value.find() ? Long.parseLong(value.group(1)) : missing;
  }

  /** A number of the fault endpoint's own inspection, whether it is plugged or not. */
  long counted(String key) {
    ServiceReference<Endpoint> reference = rig.endpoint(ENDPOINT);
    Endpoint service = reference == null ? null : context.getService(reference);
    if (reference == null || service == null) {
      throw new AssertionError("there is no endpoint " + ENDPOINT);
    }
    try {
      InspectNode node = new InspectNode();
      service.inspect(node);
      return number(node, key, -1);
    } finally {
      context.ungetService(reference);
    }
  }

  /** Configures the fault endpoint. */
  void configure(Map<String, String> keys) throws Exception {
    endpoint = rig.configure(FAULT, ENDPOINT, keys);
  }

  /** As {@link #configure}, and waits until the endpoint is there. */
  void create(Map<String, String> keys) throws Exception {
    configure(keys);
    Await.until("the endpoint is there", () -> rig.endpoint(ENDPOINT) != null);
  }

  /** Deletes the fault endpoint; all that it has started ends. */
  void delete() throws Exception {
    Configuration old = endpoint;
    endpoint = null;
    if (old != null) {
      old.delete();
    }
    Await.until("the endpoint is gone", () -> rig.endpoint(ENDPOINT) == null);
    Await.value("its threads have ended", FaultRig::threads, List::isEmpty);
  }

  /** Threads of fault endpoints. */
  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("fault-"))
        .sorted()
        .toList();
  }

  @Override
  public void close() throws Exception {
    reader.removeLogListener(listener);
    delete();
    closeNic(NIC);
    closeNic(NEIGHBOUR);
    rig.close();
  }
}
