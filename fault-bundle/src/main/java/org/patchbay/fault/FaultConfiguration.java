package org.patchbay.fault;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The keys of a fault configuration, for tools that show or edit them. {@link FaultSettings} reads
 * the values, so that a bad one is refused with a sentence.
 */
@ObjectClassDefinition(
    name = "Patchbay fault endpoint",
    description =
        "One endpoint that misbehaves as it is told, or disturbs the frames of another endpoint.")
public @interface FaultConfiguration {

  /** The endpoint's name. */
  @AttributeDefinition(
      description =
          "The endpoint's name: 1 to 63 letters, digits, dots, dashes and underscores."
              + " By default what follows the ~ of the configuration's PID.",
      required = false)
  String name();

  /** What is wrong. */
  @AttributeDefinition(
      description = "What is wrong with the endpoint; docs/faults.md tells of each.",
      required = false)
  String fault() default "none";

  /** Where it is wrong. */
  @AttributeDefinition(
      description =
          "The method that has the fault, as Endpoint and Queue name it, or activate."
              + " By default where the fault is most usual.",
      required = false)
  String in();

  /** When it goes wrong. */
  @AttributeDefinition(
      description = "How many calls of that method go well before the fault is there.",
      required = false,
      min = "0")
  long after() default 0;

  /** How long a call blocks. */
  @AttributeDefinition(
      description =
          "With fault=block or block-native: how many milliseconds a call blocks, 0 to 600000;"
              + " 0 is until the configuration ends.",
      required = false)
  long millis() default 0;

  /** What ends a block. */
  @AttributeDefinition(
      description =
          "With fault=block or block-native: absolute path of a file whose appearance ends all"
              + " blocking.",
      required = false)
  String release();

  /** Which name is taken. */
  @AttributeDefinition(
      description = "With fault=take-name, and required there: the name that another has.",
      required = false)
  String takes();

  /** How many services. */
  @AttributeDefinition(
      description = "With fault=register-many: how many endpoints, 1 to 10000.",
      required = false)
  int services() default 1000;

  /** How many threads. */
  @AttributeDefinition(
      description = "With fault=leak: threads that each call leaves behind, 0 to 1000.",
      required = false)
  int threads() default 10;

  /** How many descriptors. */
  @AttributeDefinition(
      description = "With fault=leak: descriptors that each call leaves behind, 0 to 1000.",
      required = false)
  int descriptors() default 10;

  /** What it is around. */
  @AttributeDefinition(
      description =
          "Name of the endpoint that serves, wrapped in this one, which is there while the other"
              + " is. By default a loopback of its own.",
      required = false)
  String around();

  /** Which frames. */
  @AttributeDefinition(
      description =
          "Which frames delay, drop and reorder act on: those that the NIC sends, receives, or"
              + " both.",
      required = false)
  String direction() default "both";

  /** How long frames are delayed. */
  @AttributeDefinition(
      description = "Milliseconds that a frame is delayed, 0 to 60000.",
      required = false)
  long delay() default 0;

  /** How many frames. */
  @AttributeDefinition(
      description =
          "Percentage of the frames that are delayed; those behind wait for them, so that the"
              + " order stays.",
      required = false)
  String delayed() default "100";

  /** How many are dropped. */
  @AttributeDefinition(
      description = "Percentage of the frames that are dropped, such as 0.5.",
      required = false)
  String drop() default "0";

  /** How many are doubled. */
  @AttributeDefinition(
      description = "Percentage of the frames sent that go twice.",
      required = false)
  String duplicate() default "0";

  /** How many change places. */
  @AttributeDefinition(
      description =
          "Percentage of the frames that change places with the next one. With fault=lie-order"
              + " 50 by default.",
      required = false)
  String reorder() default "0";

  /** How many are corrupted. */
  @AttributeDefinition(
      description = "Percentage of the frames received that have one bit turned over.",
      required = false)
  String corrupt() default "0";

  /** What decides. */
  @AttributeDefinition(
      description = "Seed of the numbers that decide: the same one decides the same.",
      required = false)
  long seed() default 0;
}
