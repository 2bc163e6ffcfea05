"""Biologically plausible learning rules, one family a folder, one class a rule, and what their classes derive from.

Every rule is reached here by the name of its class, `plausible.rules.FeedbackAlignment`, and so are the rules that they
are held against, such as `plausible.rules.Backprop`.

>>> import plausible as pl
>>> pl.rules.FeedbackAlignment(pl.MLP((64,))).network.hidden
(64,)
"""

from typing import TYPE_CHECKING

from plausible import reached

WHERE = {  # public names, each with its module; they are imported when they are first asked for
    "Backprop": "baselines.backprop",
    "BlockedBackprop": "baselines.blocked_backprop",
    "BlocksBackprop": "baselines.blocks_backprop",
    "BPTT": "baselines.bptt",
    "ExactLagBPTT": "baselines.bptt",
    "RandomFeedbackBPTT": "baselines.bptt",
    "DeltaRule": "baselines.delta_rule",
    "EquilibriumGradient": "baselines.equilibrium_gradient",
    "OffsetBackprop": "baselines.offset_backprop",
    "Perceptron": "baselines.perceptron",
    "ReadoutOnly": "baselines.readout_only",
    "RecurrentBackprop": "baselines.recurrent_backprop",
    "RTRL": "baselines.rtrl",
    "Shallow": "baselines.shallow",
    "VectorBackprop": "baselines.vector_backprop",
    "ColumnEI": "plausible.rules.constrained.dale",
    "DANN": "plausible.rules.constrained.dale",
    "BurstCCN": "plausible.rules.dendritic.burst_ccn",
    "Burstprop": "plausible.rules.dendritic.burstprop",
    "EventNetwork": "plausible.rules.dendritic.events",
    "DendriticMicrocircuit": "plausible.rules.dendritic.microcircuit",
    "SelfPredictingMicrocircuit": "plausible.rules.dendritic.microcircuit",
    "SegregatedDendrites": "plausible.rules.dendritic.segregated",
    "AdjointDualPropagation": "plausible.rules.equilibrium.adjoint_dual",
    "AsymmetricEquilibriumPropagation": "plausible.rules.equilibrium.asymmetric",
    "ContinualEquilibriumPropagation": "plausible.rules.equilibrium.continual",
    "ContrastiveHebbian": "plausible.rules.equilibrium.contrastive_hebbian",
    "RandomContrastiveHebbian": "plausible.rules.equilibrium.contrastive_hebbian",
    "DualPropagation": "plausible.rules.equilibrium.dual_propagation",
    "HolomorphicEquilibriumPropagation": "plausible.rules.equilibrium.holomorphic",
    "EquilibriumPropagation": "plausible.rules.equilibrium.propagation",
    "VectorFieldEquilibriumPropagation": "plausible.rules.equilibrium.vector_field",
    "AccumulatingWeightMirror": "plausible.rules.feedback.accumulating_mirror",
    "BlocksDirectFeedbackAlignment": "plausible.rules.feedback.in_blocks",
    "BlocksFeedbackAlignment": "plausible.rules.feedback.in_blocks",
    "DirectFeedbackAlignment": "plausible.rules.feedback.direct_feedback_alignment",
    "DirectRandomTargetProjection": "plausible.rules.feedback.direct_random_target_projection",
    "IndirectFeedbackAlignment": "plausible.rules.feedback.direct_variants",
    "LowRankDirectFeedback": "plausible.rules.feedback.direct_variants",
    "SignDirectFeedbackAlignment": "plausible.rules.feedback.direct_variants",
    "SparseDirectFeedback": "plausible.rules.feedback.direct_variants",
    "ErrorBroadcastDecorrelation": "plausible.rules.feedback.error_broadcast",
    "FeedbackAlignment": "plausible.rules.feedback.feedback_alignment",
    "KolenPollack": "plausible.rules.feedback.kolen_pollack",
    "ActivationAlignment": "plausible.rules.feedback.learned_feedback",
    "InformationAlignment": "plausible.rules.feedback.learned_feedback",
    "SymmetricAlignment": "plausible.rules.feedback.learned_feedback",
    "WeightMirror": "plausible.rules.feedback.learned_feedback",
    "ProductFeedbackAlignment": "plausible.rules.feedback.product_feedback",
    "BatchwiseRandomSignFeedback": "plausible.rules.feedback.sign_symmetry",
    "FixedRandomSignFeedback": "plausible.rules.feedback.sign_symmetry",
    "UniformSignFeedback": "plausible.rules.feedback.sign_symmetry",
    "ForwardForward": "plausible.rules.forward.forward_forward",
    "Pepita": "plausible.rules.forward.pepita",
    "Feedforward": "plausible.rules.layered",
    "Layered": "plausible.rules.layered",
    "Taught": "plausible.rules.layered",
    "Teaching": "plausible.rules.layered",
    "backward": "plausible.rules.layered",
    "broadcast": "plausible.rules.layered",
    "BCM": "plausible.rules.hebbian.bcm",
    "FixedFeatures": "plausible.rules.hebbian.fixed",
    "Hebb": "plausible.rules.hebbian.hebb",
    "IndependentComponents": "plausible.rules.hebbian.independent",
    "KrotovHopfield": "plausible.rules.hebbian.krotov_hopfield",
    "Oja": "plausible.rules.hebbian.principal",
    "Sanger": "plausible.rules.hebbian.principal",
    "SoftHebb": "plausible.rules.hebbian.soft_hebb",
    "SparseCoding": "plausible.rules.hebbian.sparse_coding",
    "KernelisedBottleneck": "plausible.rules.local.bottleneck",
    "ClasswiseCompetition": "plausible.rules.local.competition",
    "Lesson": "plausible.rules.local.loss",
    "LocalLoss": "plausible.rules.local.loss",
    "FixedClassifiers": "plausible.rules.local.prediction",
    "GreedyClassifiers": "plausible.rules.local.prediction",
    "LayerwiseClassifiers": "plausible.rules.local.prediction",
    "SelfContrastive": "plausible.rules.local.self_contrastive",
    "LocalSimilarity": "plausible.rules.local.similarity",
    "PredSim": "plausible.rules.local.similarity",
    "ActivityPerturbation": "plausible.rules.perturbation.activity",
    "ForwardGradient": "plausible.rules.perturbation.forward_gradient",
    "NodePerturbation": "plausible.rules.perturbation.nodes",
    "WeightPerturbation": "plausible.rules.perturbation.weights",
    "ActivationRelaxation": "plausible.rules.predictive.activation_relaxation",
    "AugmentedPredictiveCoding": "plausible.rules.predictive.augmented",
    "PredictiveCoding": "plausible.rules.predictive.coding",
    "ErrorPredictiveCoding": "plausible.rules.predictive.error_based",
    "FixedPredictionCoding": "plausible.rules.predictive.exact",
    "ZeroDivergenceLearning": "plausible.rules.predictive.exact",
    "GenerativePredictiveCoding": "plausible.rules.predictive.generative",
    "IncrementalPredictiveCoding": "plausible.rules.predictive.incremental",
    "MuPC": "plausible.rules.predictive.mupc",
    "RelaxedPredictiveCoding": "plausible.rules.predictive.relaxed",
    "Recurrent": "plausible.rules.recurrent",
    "Windowed": "plausible.rules.recurrent",
    "through_time": "plausible.rules.recurrent",
    "ExploratoryHebb": "plausible.rules.reward.exploratory",
    "BrainProp": "plausible.rules.reward.gated",
    "Agrel": "plausible.rules.reward.gated",
    "Reinforce": "plausible.rules.reward.reinforce",
    "SupralinearHebb": "plausible.rules.reward.supralinear",
    "Decorrelated": "plausible.rules.decorrelation.decorrelated",
    "Bandit": "plausible.rules.reward.bandit",
    "DiehlCook": "plausible.rules.spiking.diehl_cook",
    "NeuronalCompetitionGroups": "plausible.rules.spiking.first_spike",
    "PairedCompetingNeurons": "plausible.rules.spiking.first_spike",
    "S2STDP": "plausible.rules.spiking.first_spike",
    "FirstSpikeRSTDP": "plausible.rules.spiking.rewarded",
    "FirstSpikeSTDP": "plausible.rules.spiking.rewarded",
    "EventDrivenFeedback": "plausible.rules.spiking.event_driven",
    "Kinase": "plausible.rules.spiking.kinase",
    "MSTDPET": "plausible.rules.spiking.mstdpet",
    "RewardSTDP": "plausible.rules.spiking.reward_stdp",
    "UrbanczikSenn": "plausible.rules.spiking.urbanczik_senn",
    "DifferenceTargetPropagation": "plausible.rules.targets.propagation",
    "FixedWeightDifferenceTargetPropagation": "plausible.rules.targets.propagation",
    "SimplifiedDifferenceTargetPropagation": "plausible.rules.targets.propagation",
    "TargetPropagation": "plausible.rules.targets.propagation",
    "DifferenceReconstruction": "plausible.rules.targets.reconstruction",
    "DirectDifferenceTargetPropagation": "plausible.rules.targets.reconstruction",
    "LocalDifferenceReconstruction": "plausible.rules.targets.reconstruction",
    "DeepFeedbackControl": "plausible.rules.targets.control",
    "SteadyFeedbackControl": "plausible.rules.targets.control",
    "LeastControl": "plausible.rules.targets.least_control",
    "StrongFeedbackControl": "plausible.rules.targets.strong",
    "GaitProp": "plausible.rules.targets.gait",
    "CounterCurrentLearning": "plausible.rules.targets.counter_current",
    "GlobalErrorVectorBroadcasting": "plausible.rules.vector.broadcasting",
}
__all__ = [*WHERE]

if TYPE_CHECKING:
    from baselines.backprop import Backprop as Backprop
    from baselines.blocked_backprop import BlockedBackprop as BlockedBackprop
    from baselines.blocks_backprop import BlocksBackprop as BlocksBackprop
    from baselines.bptt import BPTT as BPTT
    from baselines.bptt import ExactLagBPTT as ExactLagBPTT
    from baselines.bptt import RandomFeedbackBPTT as RandomFeedbackBPTT
    from baselines.delta_rule import DeltaRule as DeltaRule
    from baselines.equilibrium_gradient import EquilibriumGradient as EquilibriumGradient
    from baselines.offset_backprop import OffsetBackprop as OffsetBackprop
    from baselines.perceptron import Perceptron as Perceptron
    from baselines.readout_only import ReadoutOnly as ReadoutOnly
    from baselines.recurrent_backprop import RecurrentBackprop as RecurrentBackprop
    from baselines.rtrl import RTRL as RTRL
    from baselines.shallow import Shallow as Shallow
    from baselines.vector_backprop import VectorBackprop as VectorBackprop
    from plausible.rules.constrained.dale import DANN as DANN
    from plausible.rules.constrained.dale import ColumnEI as ColumnEI
    from plausible.rules.decorrelation.decorrelated import Decorrelated as Decorrelated
    from plausible.rules.dendritic.burst_ccn import BurstCCN as BurstCCN
    from plausible.rules.dendritic.burstprop import Burstprop as Burstprop
    from plausible.rules.dendritic.events import EventNetwork as EventNetwork
    from plausible.rules.dendritic.microcircuit import DendriticMicrocircuit as DendriticMicrocircuit
    from plausible.rules.dendritic.microcircuit import (
        SelfPredictingMicrocircuit as SelfPredictingMicrocircuit,
    )
    from plausible.rules.dendritic.segregated import SegregatedDendrites as SegregatedDendrites
    from plausible.rules.equilibrium.adjoint_dual import AdjointDualPropagation as AdjointDualPropagation
    from plausible.rules.equilibrium.asymmetric import (
        AsymmetricEquilibriumPropagation as AsymmetricEquilibriumPropagation,
    )
    from plausible.rules.equilibrium.continual import (
        ContinualEquilibriumPropagation as ContinualEquilibriumPropagation,
    )
    from plausible.rules.equilibrium.contrastive_hebbian import ContrastiveHebbian as ContrastiveHebbian
    from plausible.rules.equilibrium.contrastive_hebbian import (
        RandomContrastiveHebbian as RandomContrastiveHebbian,
    )
    from plausible.rules.equilibrium.dual_propagation import DualPropagation as DualPropagation
    from plausible.rules.equilibrium.holomorphic import (
        HolomorphicEquilibriumPropagation as HolomorphicEquilibriumPropagation,
    )
    from plausible.rules.equilibrium.propagation import EquilibriumPropagation as EquilibriumPropagation
    from plausible.rules.equilibrium.vector_field import (
        VectorFieldEquilibriumPropagation as VectorFieldEquilibriumPropagation,
    )
    from plausible.rules.feedback.accumulating_mirror import (
        AccumulatingWeightMirror as AccumulatingWeightMirror,
    )
    from plausible.rules.feedback.direct_feedback_alignment import (
        DirectFeedbackAlignment as DirectFeedbackAlignment,
    )
    from plausible.rules.feedback.direct_random_target_projection import (
        DirectRandomTargetProjection as DirectRandomTargetProjection,
    )
    from plausible.rules.feedback.direct_variants import (
        IndirectFeedbackAlignment as IndirectFeedbackAlignment,
    )
    from plausible.rules.feedback.direct_variants import LowRankDirectFeedback as LowRankDirectFeedback
    from plausible.rules.feedback.direct_variants import (
        SignDirectFeedbackAlignment as SignDirectFeedbackAlignment,
    )
    from plausible.rules.feedback.direct_variants import SparseDirectFeedback as SparseDirectFeedback
    from plausible.rules.feedback.error_broadcast import (
        ErrorBroadcastDecorrelation as ErrorBroadcastDecorrelation,
    )
    from plausible.rules.feedback.feedback_alignment import FeedbackAlignment as FeedbackAlignment
    from plausible.rules.feedback.in_blocks import (
        BlocksDirectFeedbackAlignment as BlocksDirectFeedbackAlignment,
    )
    from plausible.rules.feedback.in_blocks import BlocksFeedbackAlignment as BlocksFeedbackAlignment
    from plausible.rules.feedback.kolen_pollack import KolenPollack as KolenPollack
    from plausible.rules.feedback.learned_feedback import ActivationAlignment as ActivationAlignment
    from plausible.rules.feedback.learned_feedback import InformationAlignment as InformationAlignment
    from plausible.rules.feedback.learned_feedback import SymmetricAlignment as SymmetricAlignment
    from plausible.rules.feedback.learned_feedback import WeightMirror as WeightMirror
    from plausible.rules.feedback.product_feedback import ProductFeedbackAlignment as ProductFeedbackAlignment
    from plausible.rules.feedback.sign_symmetry import (
        BatchwiseRandomSignFeedback as BatchwiseRandomSignFeedback,
    )
    from plausible.rules.feedback.sign_symmetry import FixedRandomSignFeedback as FixedRandomSignFeedback
    from plausible.rules.feedback.sign_symmetry import UniformSignFeedback as UniformSignFeedback
    from plausible.rules.forward.forward_forward import ForwardForward as ForwardForward
    from plausible.rules.forward.pepita import Pepita as Pepita
    from plausible.rules.hebbian.bcm import BCM as BCM
    from plausible.rules.hebbian.fixed import FixedFeatures as FixedFeatures
    from plausible.rules.hebbian.hebb import Hebb as Hebb
    from plausible.rules.hebbian.independent import IndependentComponents as IndependentComponents
    from plausible.rules.hebbian.krotov_hopfield import KrotovHopfield as KrotovHopfield
    from plausible.rules.hebbian.principal import Oja as Oja
    from plausible.rules.hebbian.principal import Sanger as Sanger
    from plausible.rules.hebbian.soft_hebb import SoftHebb as SoftHebb
    from plausible.rules.hebbian.sparse_coding import SparseCoding as SparseCoding
    from plausible.rules.layered import Feedforward as Feedforward
    from plausible.rules.layered import Layered as Layered
    from plausible.rules.layered import Taught as Taught
    from plausible.rules.layered import Teaching as Teaching
    from plausible.rules.layered import backward as backward
    from plausible.rules.layered import broadcast as broadcast
    from plausible.rules.local.bottleneck import KernelisedBottleneck as KernelisedBottleneck
    from plausible.rules.local.competition import ClasswiseCompetition as ClasswiseCompetition
    from plausible.rules.local.loss import Lesson as Lesson
    from plausible.rules.local.loss import LocalLoss as LocalLoss
    from plausible.rules.local.prediction import FixedClassifiers as FixedClassifiers
    from plausible.rules.local.prediction import GreedyClassifiers as GreedyClassifiers
    from plausible.rules.local.prediction import LayerwiseClassifiers as LayerwiseClassifiers
    from plausible.rules.local.self_contrastive import SelfContrastive as SelfContrastive
    from plausible.rules.local.similarity import LocalSimilarity as LocalSimilarity
    from plausible.rules.local.similarity import PredSim as PredSim
    from plausible.rules.perturbation.activity import ActivityPerturbation as ActivityPerturbation
    from plausible.rules.perturbation.forward_gradient import ForwardGradient as ForwardGradient
    from plausible.rules.perturbation.nodes import NodePerturbation as NodePerturbation
    from plausible.rules.perturbation.weights import WeightPerturbation as WeightPerturbation
    from plausible.rules.predictive.activation_relaxation import ActivationRelaxation as ActivationRelaxation
    from plausible.rules.predictive.augmented import AugmentedPredictiveCoding as AugmentedPredictiveCoding
    from plausible.rules.predictive.coding import PredictiveCoding as PredictiveCoding
    from plausible.rules.predictive.error_based import ErrorPredictiveCoding as ErrorPredictiveCoding
    from plausible.rules.predictive.exact import FixedPredictionCoding as FixedPredictionCoding
    from plausible.rules.predictive.exact import ZeroDivergenceLearning as ZeroDivergenceLearning
    from plausible.rules.predictive.generative import GenerativePredictiveCoding as GenerativePredictiveCoding
    from plausible.rules.predictive.incremental import (
        IncrementalPredictiveCoding as IncrementalPredictiveCoding,
    )
    from plausible.rules.predictive.mupc import MuPC as MuPC
    from plausible.rules.predictive.relaxed import RelaxedPredictiveCoding as RelaxedPredictiveCoding
    from plausible.rules.recurrent import Recurrent as Recurrent
    from plausible.rules.recurrent import Windowed as Windowed
    from plausible.rules.recurrent import through_time as through_time
    from plausible.rules.reward.bandit import Bandit as Bandit
    from plausible.rules.reward.exploratory import ExploratoryHebb as ExploratoryHebb
    from plausible.rules.reward.gated import Agrel as Agrel
    from plausible.rules.reward.gated import BrainProp as BrainProp
    from plausible.rules.reward.reinforce import Reinforce as Reinforce
    from plausible.rules.reward.supralinear import SupralinearHebb as SupralinearHebb
    from plausible.rules.spiking.diehl_cook import DiehlCook as DiehlCook
    from plausible.rules.spiking.event_driven import EventDrivenFeedback as EventDrivenFeedback
    from plausible.rules.spiking.first_spike import S2STDP as S2STDP
    from plausible.rules.spiking.first_spike import NeuronalCompetitionGroups as NeuronalCompetitionGroups
    from plausible.rules.spiking.first_spike import PairedCompetingNeurons as PairedCompetingNeurons
    from plausible.rules.spiking.kinase import Kinase as Kinase
    from plausible.rules.spiking.mstdpet import MSTDPET as MSTDPET
    from plausible.rules.spiking.reward_stdp import RewardSTDP as RewardSTDP
    from plausible.rules.spiking.rewarded import FirstSpikeRSTDP as FirstSpikeRSTDP
    from plausible.rules.spiking.rewarded import FirstSpikeSTDP as FirstSpikeSTDP
    from plausible.rules.spiking.urbanczik_senn import UrbanczikSenn as UrbanczikSenn
    from plausible.rules.targets.control import DeepFeedbackControl as DeepFeedbackControl
    from plausible.rules.targets.control import SteadyFeedbackControl as SteadyFeedbackControl
    from plausible.rules.targets.counter_current import CounterCurrentLearning as CounterCurrentLearning
    from plausible.rules.targets.gait import GaitProp as GaitProp
    from plausible.rules.targets.least_control import LeastControl as LeastControl
    from plausible.rules.targets.propagation import DifferenceTargetPropagation as DifferenceTargetPropagation
    from plausible.rules.targets.propagation import (
        FixedWeightDifferenceTargetPropagation as FixedWeightDifferenceTargetPropagation,
    )
    from plausible.rules.targets.propagation import (
        SimplifiedDifferenceTargetPropagation as SimplifiedDifferenceTargetPropagation,
    )
    from plausible.rules.targets.propagation import TargetPropagation as TargetPropagation
    from plausible.rules.targets.reconstruction import DifferenceReconstruction as DifferenceReconstruction
    from plausible.rules.targets.reconstruction import (
        DirectDifferenceTargetPropagation as DirectDifferenceTargetPropagation,
    )
    from plausible.rules.targets.reconstruction import (
        LocalDifferenceReconstruction as LocalDifferenceReconstruction,
    )
    from plausible.rules.targets.strong import StrongFeedbackControl as StrongFeedbackControl
    from plausible.rules.vector.broadcasting import (
        GlobalErrorVectorBroadcasting as GlobalErrorVectorBroadcasting,
    )
else:

    def __getattr__(name: str) -> object:
        """A public name."""
        return reached(__name__, WHERE, name)

    def __dir__() -> list[str]:
        """The public names."""
        return sorted(__all__)
