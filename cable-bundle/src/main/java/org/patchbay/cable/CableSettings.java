package org.patchbay.cable;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.patchbay.frontend.EngineSettings;
import org.patchbay.frontend.NicProperties;

/**
 * The settings of a cable.
 *
 * @param name of the cable; its NICs are {@code NAME.a} and {@code NAME.b}
 * @param a the NIC of side a
 * @param b the NIC of side b
 * @param buffers receive buffers of each side
 * @param spinNanos how long the worker polls in vain before it sleeps, in nanoseconds
 */
public record CableSettings(
    String name, EngineSettings a, EngineSettings b, int buffers, long spinNanos) {

  static final String PID = "org.patchbay.cable";

  private static final String FRONTEND = "cable";
  private static final int DEFAULT_BUFFERS = 1024;
  private static final int MOST_BUFFERS = 16384;

  /**
   * Reads a configuration.
   *
   * @throws IllegalArgumentException naming the key, its value and what is allowed
   */
  public static CableSettings read(NicProperties properties) {
    String name = properties.requiredText("name");
    return new CableSettings(
        name,
        properties.nic(name + ".a", FRONTEND, "a."),
        properties.nic(name + ".b", FRONTEND, "b."),
        (int) properties.number("buffers", DEFAULT_BUFFERS, 1, MOST_BUFFERS),
        properties.spinNanos());
  }

  /** The keys, for Metatype. */
  @ObjectClassDefinition(
      name = "Cable",
      description = "Two NICs joined, so that what one receives the other transmits")
  @interface Keys {

    @AttributeDefinition(description = "Name of the cable; c0 has the NICs c0.a and c0.b")
    String name();

    @AttributeDefinition(
        description = "Receive buffers of each side",
        required = false,
        min = "1",
        max = "16384")
    int buffers() default DEFAULT_BUFFERS;

    @AttributeDefinition(
        description = "Microseconds that an idle worker polls before it sleeps, or always",
        required = false)
    String spin() default "50";

    @AttributeDefinition(description = "Name of the endpoint to plug to side a", required = false)
    String a_plug();

    @AttributeDefinition(
        description = "LDAP filter of endpoints that may stand in on side a",
        required = false)
    String a_failover();

    @AttributeDefinition(
        description = "Whether side a's endpoint, when it returns, replaces one that stands in",
        required = false)
    boolean a_failback() default false;

    @AttributeDefinition(
        description = "Whether side a's link follows its backend's",
        required = false)
    boolean a_follow$_$link() default false;

    @AttributeDefinition(
        description = "Milliseconds that frames wait for side a after its endpoint went",
        required = false,
        min = "0",
        max = "3600000")
    long a_hold() default 0;

    @AttributeDefinition(
        description = "MAC address of side a; made from its name if missing",
        required = false)
    String a_mac();

    @AttributeDefinition(
        description = "Largest layer-3 packet of side a in bytes",
        required = false,
        min = "68",
        max = "65535")
    int a_mtu() default 1500;

    @AttributeDefinition(description = "Name of the endpoint to plug to side b", required = false)
    String b_plug();

    @AttributeDefinition(
        description = "LDAP filter of endpoints that may stand in on side b",
        required = false)
    String b_failover();

    @AttributeDefinition(
        description = "Whether side b's endpoint, when it returns, replaces one that stands in",
        required = false)
    boolean b_failback() default false;

    @AttributeDefinition(
        description = "Whether side b's link follows its backend's",
        required = false)
    boolean b_follow$_$link() default false;

    @AttributeDefinition(
        description = "Milliseconds that frames wait for side b after its endpoint went",
        required = false,
        min = "0",
        max = "3600000")
    long b_hold() default 0;

    @AttributeDefinition(
        description = "MAC address of side b; made from its name if missing",
        required = false)
    String b_mac();

    @AttributeDefinition(
        description = "Largest layer-3 packet of side b in bytes",
        required = false,
        min = "68",
        max = "65535")
    int b_mtu() default 1500;
  }
}
