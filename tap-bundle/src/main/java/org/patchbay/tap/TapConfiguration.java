package org.patchbay.tap;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The keys of a tap configuration, for tools that show or edit them. {@link TapSettings} reads the
 * values, so that a bad one is refused with a sentence.
 */
@ObjectClassDefinition(
    name = "Patchbay TAP endpoint",
    description = "One endpoint on a Linux TAP interface.")
public @interface TapConfiguration {

  /** The endpoint's name. */
  @AttributeDefinition(
      description =
          "The endpoint's name: 1 to 63 letters, digits, dots, dashes and underscores."
              + " By default what follows the ~ of the configuration's PID.",
      required = false)
  String name();

  /** The interface's name. */
  @AttributeDefinition(
      description =
          "The TAP interface, 1 to 15 bytes; created if there is none of that name."
              + " By default the endpoint's name. Not with fd.",
      required = false)
  String ifname();

  /** The network namespace. */
  @AttributeDefinition(
      description =
          "The network namespace of the interface, as ip netns knows it."
              + " By default that of the platform. Not with fd.",
      required = false)
  String netns();

  /** The MTU. */
  @AttributeDefinition(
      description = "The interface's MTU, 68 to 65521 bytes; by default it is left as it is.",
      required = false)
  int mtu();

  /** Whether to bring it up. */
  @AttributeDefinition(
      description = "Whether to bring the interface up; else it is left as it is.",
      required = false)
  boolean up() default false;

  /** A passed descriptor. */
  @AttributeDefinition(
      description =
          "A descriptor that the platform was started with, attached to a TAP with virtio-net"
              + " header, instead of ifname and netns.",
      required = false)
  int fd();

  /** Whether to offer offloads. */
  @AttributeDefinition(
      description =
          "Whether to offer transmit offloads; without them the platform computes in software.",
      required = false)
  boolean offloads() default true;

  /** How many queues. */
  @AttributeDefinition(
      description =
          "How many queues the interface has, 1 to 16, for NICs with several queue pairs; one that"
              + " exists must have been made with multi_queue. Not with fd.",
      required = false)
  int queues() default 1;
}
