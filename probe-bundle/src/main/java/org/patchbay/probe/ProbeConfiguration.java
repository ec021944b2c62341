package org.patchbay.probe;

import java.util.Map;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.NicProperties;

/**
 * The configuration of one probe, as it was read.
 *
 * @param nic settings of the NIC
 * @param probe what the probe sends
 * @param spinNanos how long the worker polls in vain before it sleeps
 * @param measurement number of the measurement; another one begins another
 */
record ProbeConfiguration(
    EngineSettings nic, ProbeSettings probe, long spinNanos, long measurement) {

  static final String PID = "org.patchbay.probe";
  static final String FRONTEND = "probe";

  static ProbeConfiguration read(Map<String, ?> values) {
    NicProperties properties = new NicProperties(values);
    EngineSettings nic = properties.nic(properties.requiredText("name"), FRONTEND, "");
    return new ProbeConfiguration(
        nic,
        ProbeSettings.read(properties, nic.mtu()),
        properties.spinNanos(),
        properties.number("measurement", 0, 0, Long.MAX_VALUE));
  }

  /** Whether only that is another which a running probe can follow: rate and measurement. */
  boolean suitsRunning(ProbeConfiguration running) {
    return equals(
        new ProbeConfiguration(
            running.nic, running.probe.withRate(probe.rate()), running.spinNanos, measurement));
  }

  /** The keys, for Metatype. */
  @ObjectClassDefinition(
      name = "Probe",
      description = "A NIC that sends numbered frames and checks what comes back")
  @interface Keys {

    @AttributeDefinition(description = "Name of the NIC, such as nic0")
    String name();

    @AttributeDefinition(description = "Name of the endpoint to plug", required = false)
    String plug();

    @AttributeDefinition(
        description = "LDAP filter of endpoints that may stand in for the plugged one",
        required = false)
    String failover();

    @AttributeDefinition(
        description = "Whether the plugged endpoint, when it returns, replaces one that stands in",
        required = false)
    boolean failback() default false;

    @AttributeDefinition(
        description = "Whether the guest's link follows the backend's",
        required = false)
    boolean follow$_$link() default false;

    @AttributeDefinition(
        description = "Milliseconds that frames wait in the ring after the endpoint went",
        required = false,
        min = "0",
        max = "3600000")
    long hold() default 0;

    @AttributeDefinition(
        description = "MAC address; made from the name if missing",
        required = false)
    String mac();

    @AttributeDefinition(
        description = "Largest layer-3 packet in bytes",
        required = false,
        min = "68",
        max = "65535")
    int mtu() default 1500;

    @AttributeDefinition(
        description = "Microseconds that an idle worker polls before it sleeps, or always",
        required = false)
    String spin() default "50";

    @AttributeDefinition(
        description = "Frames a second, 0 for none, or max for as many as the ring takes",
        required = false)
    String rate() default ProbeSettings.DEFAULT_RATE;

    @AttributeDefinition(
        description =
            "Number of the measurement: another one forgets latencies and the longest gap",
        required = false,
        min = "0")
    long measurement() default 0;

    @AttributeDefinition(
        description = "Length of the frames in bytes, or several, such as 60,1514, sent in turn",
        required = false)
    String size() default ProbeSettings.DEFAULT_SIZE;

    @AttributeDefinition(
        description = "Over how many guest segments each frame is spread",
        required = false,
        min = "1")
    int segments() default 1;

    @AttributeDefinition(
        description = "Receive buffers",
        required = false,
        min = "1",
        max = "32768")
    int buffers() default ProbeSettings.DEFAULT_BUFFERS;

    @AttributeDefinition(
        description = "Transmits in flight or queued at a time",
        required = false,
        min = "1",
        max = "32768")
    int window() default ProbeSettings.DEFAULT_WINDOW;

    @AttributeDefinition(
        description = "Whether each byte is checked on return, and not the header alone",
        required = false)
    boolean verify() default false;
  }
}
