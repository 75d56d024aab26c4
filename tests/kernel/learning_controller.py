"""A controller for os-ken: learning switches in OpenFlow 1.3, and the links between them.

Each link that the topology discovery finds is a line "link DPID:PORT DPID:PORT" on standard output.
"""

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ether_types, ethernet, packet
from os_ken.ofproto import ofproto_v1_3
from os_ken.topology import event


class LearningController(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.places = {}  # (datapath id, address) to port

    @staticmethod
    def add_flow(datapath, priority, match, port):
        parser, protocol = datapath.ofproto_parser, datapath.ofproto
        actions = [parser.OFPActionOutput(port, protocol.OFPCML_NO_BUFFER)]
        apply = parser.OFPInstructionActions(protocol.OFPIT_APPLY_ACTIONS, actions)
        datapath.send_msg(parser.OFPFlowMod(datapath=datapath, priority=priority, match=match, instructions=[apply]))

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def begin(self, features):
        datapath = features.msg.datapath
        self.add_flow(datapath, 0, datapath.ofproto_parser.OFPMatch(), datapath.ofproto.OFPP_CONTROLLER)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def forward(self, arrival):
        message = arrival.msg
        datapath, port = message.datapath, message.match["in_port"]
        parser, protocol = datapath.ofproto_parser, datapath.ofproto
        frame = packet.Packet(message.data).get_protocol(ethernet.ethernet)
        if frame is None or frame.ethertype == ether_types.ETH_TYPE_LLDP:
            return
        self.places[datapath.id, frame.src] = port
        to = self.places.get((datapath.id, frame.dst), protocol.OFPP_FLOOD)
        if to != protocol.OFPP_FLOOD:
            match = parser.OFPMatch(in_port=port, eth_src=frame.src, eth_dst=frame.dst)
            self.add_flow(datapath, 1, match, to)
        datapath.send_msg(
            parser.OFPPacketOut(
                datapath=datapath,
                buffer_id=protocol.OFP_NO_BUFFER,
                in_port=port,
                actions=[parser.OFPActionOutput(to)],
                data=message.data,
            )
        )

    @set_ev_cls(event.EventLinkAdd)
    def tell(self, found):
        a, b = found.link.src, found.link.dst
        print(f"link {a.dpid}:{a.port_no} {b.dpid}:{b.port_no}", flush=True)
