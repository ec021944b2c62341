package org.patchbay.api.control;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;
import org.patchbay.api.Endpoint;
import org.patchbay.api.InspectNode;

/**
 * The operator's side of a NIC's disconnectable; an OSGi service with the property {@link
 * Nic#PROPERTY_NAME}. Any thread. Swaps apply one at a time, in the order of the calls. A stage
 * completes exceptionally with an {@link org.patchbay.api.EndpointException}; dependents run on the
 * NIC's coordinator and must return soon.
 */
@ProviderType
public interface DisconnectableControl {

  /** The NIC's name. */
  String nic();

  /**
   * Plugs an endpoint service by its name, which becomes the wanted one; a plugged one is swapped.
   *
   * @return completes when the endpoint is live; exceptionally with {@code NO_SUCH_ENDPOINT} (the
   *     detail lists the names there are), {@code CLAIMED} (with the holder's name), {@code
   *     INCOMPATIBLE}, {@code BACKEND_FAILED}, {@code GONE} or {@code CLOSED}, the NIC then being
   *     where the newest record says
   */
  CompletionStage<Swap> plug(String endpoint);

  /** Unplugs; nothing is wanted any more and the fallback serves. Never fails but by CLOSED. */
  CompletionStage<Swap> unplug();

  /**
   * Connects an endpoint object that is not a service, as an embedder or a test has it. The caller
   * keeps it alive until a later swap gives it back.
   *
   * @param name what records call it
   */
  CompletionStage<Swap> connect(String name, Endpoint endpoint);

  /** The endpoint that was last plugged by an operator or configuration. */
  Optional<String> wanted();

  /** The endpoint that is live, which may be a substitute; empty while the fallback is. */
  Optional<String> current();

  /** Type of the endpoint that is live; {@code null} as a text while the fallback is. */
  String currentType();

  /** The last transitions, oldest first; at least the last 16. */
  List<SwapRecord> records();

  /**
   * Describes the disconnectable: wanted, current, generation, cached capabilities, records, and
   * abandoned objects. Calls no vendor code.
   */
  void inspect(InspectNode node);

  /**
   * Describes the plugged endpoint by asking it, on a thread of its own, for at most one second; a
   * sentence says so if it does not answer.
   */
  void inspectEndpoint(InspectNode node);
}
